-- title: Role that trusts somebody who was deleted
-- severity: low
-- role: access
-- since: "0.1"
-- says: "the role {name} trusts {principal}, a user or role that no longer exists"
-- why: |
--   AWS shows the inner id of a principal once the principal is gone. Whoever used this role cannot any
--   more, so either the role is not needed or something has been broken since then.
-- fix: |
--   # Take the id out of the trust, and name who needs the role now:
--   aws iam update-assume-role-policy --role-name {name!sh} --policy-document file://trust.json
-- population: aws_iam_role where origin = ''
-- identity: [principal]
-- evidence:
--   principal: the inner id that is left

select distinct on (t.resource, t.principal)
    t.resource,
    t.principal,
from trusts as t
join aws_iam_role as r on r.resource = t.resource
where t.kind = 'role'
    and t.principal_type = 'AWS'
    and regexp_full_match(t.principal, 'A(ROA|IDA)[A-Z0-9]{12,}')
order by t.resource, t.principal
