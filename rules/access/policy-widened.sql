-- title: Policy that allows more than was declared
-- severity: critical
-- role: access
-- since: "0.1"
-- says: "{name} was changed by hand and allows more: {most}"
-- why: |
--   Everybody who holds it got more in the same moment, and the configuration shows none of it. Nobody reviewed what
--   was added, and until the next apply nothing takes it back.
-- fix: |
--   # Find who changed it and why. Wanted: write it into the configuration. Not wanted: this brings back what was declared.
--   terraform apply -target={declared_at!sh}
-- population: (select resource from aws_iam_policy where class = 'declared' union all select resource from aws_iam_role_policy where class in ('declared', 'child') union all select resource from aws_iam_user_policy where class = 'declared' union all select resource from aws_iam_group_policy where class = 'declared') as policies
-- identity: [declared_at]
-- same_act:
--   drift/changed-attribute: {attribute: [policy, inline_policy]}
-- evidence:
--   most: the widest of what it allows beyond its declaration
--   gains: everything that it allows beyond it, the widest first
--   loses: what was declared that it does not allow
--   declared_at: where it is declared

select
    c.resource,
    c.gains[1] as most,
    c.gains,
    c.loses,
    c.address as declared_at,
from grant_changes as c
where c.change = 'policy' and len(c.gains) > 0
