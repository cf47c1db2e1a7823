-- title: Administrator made by hand
-- severity: critical
-- role: access
-- since: "0.1"
-- says: "{name} was made an administrator by hand: no state declares it, or what makes it one"
-- why: |
--   A grant of everything that nobody reviewed is what an intruder leaves behind, and what an emergency
--   leaves behind looks the same. Nothing will take it away again by itself.
-- fix: |
--   # Find who made it and why. Wanted: declare it, with an owner and an end.
--   aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue={name!sh}
-- population: (select resource from aws_iam_role where origin = '' union all select resource from aws_iam_user union all select resource from aws_iam_group) as principals
-- identity: [document]
-- undecided: unknown
-- same_act:
--   drift/unmanaged-resource: {resource: undeclared}
--   access/grant-by-hand: {policy: document}
-- evidence:
--   document: the policy that allows it
--   via: inline, attached, or the group through which it is held
--   undeclared: the resource that no state declares
--   unknown: why it is not known, where it is not

with made as (
    select r.resource as principal, null as document, r.class, r.resource from aws_iam_role as r
    union all
    select u.resource, null, u.class, u.resource from aws_iam_user as u
    union all
    select g.resource, null, g.class, g.resource from aws_iam_group as g
    union all
    select a.parent, a.policy_arn, a.class, a.resource from aws_iam_role_policy_attachment as a
    union all
    select a.parent, a.policy_arn, a.class, a.resource from aws_iam_user_policy_attachment as a
    union all
    select a.parent, a.policy_arn, a.class, a.resource from aws_iam_group_policy_attachment as a
    union all
    select i.parent, i.resource, i.class, i.resource from aws_iam_role_policy as i
    union all
    select i.parent, i.resource, i.class, i.resource from aws_iam_user_policy as i
    union all
    select i.parent, i.resource, i.class, i.resource from aws_iam_group_policy as i
)

select distinct on (d.principal, d.document)
    d.principal as resource,
    d.document,
    d.via,
    m.resource as undeclared,
    if(d.verdict = 'unknown', 'a policy that it holds, or that caps it, could not be read', null) as unknown,
from administrators as d
join made as m on m.principal = d.principal and coalesce(m.document, d.document) = d.document
where m.class = 'unmanaged'
order by d.principal, d.document, m.resource
