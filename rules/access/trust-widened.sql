-- title: Role that more may assume than was declared
-- severity: critical
-- role: access
-- since: "0.1"
-- says: "the trust of {name} was changed by hand: {most}"
-- why: |
--   Whoever was let in has everything that the role has, from now on. A trust that somebody added and nobody declared is
--   how an intruder comes back.
-- fix: |
--   # Find who changed it and why. Wanted: write it into the configuration. Not wanted: this brings back what was declared.
--   terraform apply -target={address!sh}
-- population: aws_iam_role where class = 'declared'
-- identity: [declared_at]
-- same_act:
--   drift/changed-attribute: {attribute: [assume_role_policy]}
--   access/open-trust: {}
-- evidence:
--   most: one of those that were let in beyond the declaration, and for what
--   gains: all of them
--   loses: who was declared and is not let in
--   declared_at: where it is declared

select
    c.resource,
    c.gains[1] as most,
    c.gains,
    c.loses,
    c.address as declared_at,
from grant_changes as c
where c.change = 'trust' and len(c.gains) > 0
