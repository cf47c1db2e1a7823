-- title: Expiry that is no date
-- severity: low
-- role: request
-- since: "0.1"
-- says: "{type} {name} is to expire, but its tag {tag} says {text}, which is no date"
-- why: |
--   The resource was to end one day, and nothing can tell when. What cannot be read as a date never
--   comes up for removal, so it stays for ever by mistake.
-- fix: |
--   # Write the day as ISO 8601 has it, year first, in Terraform or, where it is not declared, in its own region with
--   aws resourcegroupstaggingapi tag-resources --resource-arn-list {resource!sh} --tags {tag!sh}=YYYY-MM-DD
-- population: expiries
-- evidence:
--   tag: the tag that should hold a day
--   text: what it holds

select
    e.resource,
    e.tag,
    e.text,
from expiries as e
where e.ends is null
