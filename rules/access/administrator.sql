-- title: Administrator
-- severity: high
-- severities: severity
-- role: access
-- since: "0.1"
-- says: "{name} may do everything, by the policy {policy}"
-- undecided: unknown
-- why: |
--   Whoever gets hold of it, by a leaked key, a stolen session or a mistake in a script, has the whole
--   account: every secret, every backup, every log.
-- fix: |
--   # See what it has used within the time AWS keeps, and write a policy of that; attach the new one first.
--   aws iam generate-service-last-accessed-details --arn {resource!sh} --granularity ACTION_LEVEL
-- references: [AWS IAM best practices, grant least privilege]
-- population: (select resource from aws_iam_role where origin = '' union all select resource from aws_iam_user union all select resource from aws_iam_group) as principals
-- identity: [document]
-- evidence:
--   policy: the name of the policy that allows it
--   document: the policy itself
--   via: inline, attached, or the group through which it is held
--   others: the policies that add what this one leaves out
--   conditional: whether a condition narrows it
--   boundary: the permissions boundary, if any, that allows it all the same
--   unread: layers of policies that were not read and may take it away, as those of the organization
--   unknown: why it is not known, where it is not
--   severity: medium where a condition narrows it

with principals as (
    select r.resource from aws_iam_role as r where r.origin = ''
    union all
    select u.resource from aws_iam_user as u
    union all
    select g.resource from aws_iam_group as g
)

select distinct on (d.principal, d.document)
    d.principal as resource,
    regexp_extract(d.document, '[^/:]+$') as policy,
    d.document,
    d.via,
    d.others,
    d.verdict = 'conditional' as conditional,
    d.boundary,
    if(len(d.unread) > 0, d.unread, null) as unread,
    if(d.verdict = 'unknown', 'a policy that it holds, or that caps it, could not be read', null) as unknown,
    if(d.verdict = 'conditional', 'medium', 'high') as severity,
from administrators as d
join principals as p on p.resource = d.principal
order by d.principal, d.document, d.verdict desc, d.via
