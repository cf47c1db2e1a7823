-- title: Resource that expires soon
-- severity: low
-- role: request
-- since: "0.1"
-- says: "{type} {name} is wanted until {expires}, which is soon"
-- why: |
--   Whoever asked for it said how long it would be needed. Asked in time, they can still say whether
--   it is to go or to stay; afterwards it is only in the way.
-- fix: |
--   # No longer needed: take it out of its configuration and apply on that day.
--   # Needed for longer: give the tag a new day, in Terraform or, where it is not declared, in its own region with
--   aws resourcegroupstaggingapi tag-resources --resource-arn-list {resource!sh} --tags {tag!sh}=YYYY-MM-DD
-- population: expiries
-- params:
--   days: {default: 30, help: days before its end from which it is told}
-- evidence:
--   tag: the tag that says until when
--   expires: what the tag says
--   ends: the first moment after it, UTC

select
    e.resource,
    e.tag,
    e.text as expires,
    e.ends,
from expiries as e
join resources as r on r.resource = e.resource
where e.ends > r.seen_at and e.ends <= r.seen_at + to_days(cast($days as integer))
