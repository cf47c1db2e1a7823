-- title: Permissions boundary that was taken off or exchanged
-- severity: critical
-- role: access
-- since: "0.1"
-- says: "{name} no longer has the permissions boundary that was declared"
-- why: |
--   The boundary is what keeps its policies from meaning all that they say. Without it they do, and whoever took it off
--   may have done it to become more.
-- fix: |
--   # Find who took it off and why. Not wanted: this puts it back.
--   aws iam {call!sh} {flag!sh} {name!sh} --permissions-boundary {declared!sh}
-- population: (select resource from aws_iam_role where class = 'declared' union all select resource from aws_iam_user where class = 'declared') as principals
-- identity: [declared_at]
-- same_act:
--   drift/changed-attribute: {attribute: [permissions_boundary]}
-- evidence:
--   declared: the boundary that was declared
--   actual: the one it has, or nothing
--   declared_at: where it is declared
--   call: the call that sets a boundary of such a principal
--   flag: and its option for the name

select
    c.resource,
    c.declared,
    c.document as actual,
    c.address as declared_at,
    p.call,
    p.flag,
from grant_changes as c
join (
    select r.resource, 'put-role-permissions-boundary' as call, '--role-name' as flag from aws_iam_role as r
    union all
    select u.resource, 'put-user-permissions-boundary', '--user-name' from aws_iam_user as u
) as p on p.resource = c.resource
where c.change = 'boundary' and c.declared <> ''
