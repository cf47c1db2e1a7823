-- title: Administrator
-- severity: high
-- severities: severity
-- role: access
-- since: "0.1"
-- says: "{name} may do everything, by the policy {policy}"
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
--   via: inline or attached
--   conditional: whether a condition narrows it
--   boundary: the permissions boundary that caps it, if any
--   severity: medium where a condition or a boundary narrows it

with principals as (
    select r.resource, r.permissions_boundary as boundary from aws_iam_role as r where r.origin = ''
    union all
    select u.resource, u.permissions_boundary from aws_iam_user as u
    union all
    select g.resource, null from aws_iam_group as g
)

select distinct on (g.principal, g.document)
    g.principal as resource,
    regexp_extract(g.document, '[^/:]+$') as policy,
    g.document,
    g.via,
    g.conditional,
    p.boundary,
    case when g.conditional or p.boundary is not null then 'medium' else 'high' end as severity,
from grants as g
join principals as p on p.resource = g.principal
where regexp_full_match(g.action, '\*+(:\*+)?')
    and regexp_full_match(g.target, '\*+')
    and not g.negated
order by g.principal, g.document, g.conditional, g.via
