-- title: Resource that has expired
-- severity: medium
-- severities: severity
-- role: request
-- since: "0.1"
-- says: "{type} {name} was wanted until {expires}, and is still there"
-- why: |
--   Whoever asked for it said how long it would be needed, and that time is over. It is still paid
--   for, still reachable, and by now nobody watches it.
-- fix: |
--   # Ask the owner. No longer needed: take it out of its configuration and apply.
--   # Still needed: give the tag a new day, in Terraform or, where it is not declared, in its own region with
--   aws resourcegroupstaggingapi tag-resources --resource-arn-list {resource!sh} --tags {tag!sh}=YYYY-MM-DD
-- population: expiries
-- evidence:
--   tag: the tag that says until when
--   expires: what the tag says
--   ended: the first moment after it, UTC
--   severity: high for what gives access

select
    e.resource,
    e.tag,
    e.text as expires,
    e.ends as ended,
    case when r.type in ('aws_iam_role', 'aws_iam_user', 'aws_iam_policy') then 'high' else 'medium' end
        as severity,
from expiries as e
join resources as r on r.resource = e.resource
where e.ends <= r.seen_at
