-- title: Role that anybody may assume
-- severity: critical
-- role: access
-- since: "0.1"
-- says: "anybody with any AWS account may assume the role {name}"
-- why: |
--   The trust names every principal there is and no condition. Whoever knows or guesses the role's name
--   gets its permissions, from an account that nobody here has ever heard of.
-- fix: |
--   # Name who needs it in the trust, in Terraform or here, with a file that says so:
--   aws iam update-assume-role-policy --role-name {name!sh} --policy-document file://trust.json
-- population: aws_iam_role where origin = ''
-- evidence:
--   principal: who may assume it
--   action: the action that lets them

select distinct on (t.resource)
    t.resource,
    t.principal,
    t.action,
from trusts as t
join aws_iam_role as r on r.resource = t.resource
where t.kind = 'role'
    and t.principal = '*'
    and t.principal_type = 'AWS'
    and not t.conditional
    and 'sts:assumerole' glob t.action
order by t.resource, t.action
