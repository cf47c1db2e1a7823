-- title: Role that another account may assume without a condition
-- severity: high
-- role: access
-- since: "0.1"
-- says: "{principal} of another account may assume the role {name}, without an external id"
-- why: |
--   Whoever can act for that account can act here, and a service that works for many customers can be
--   talked into doing so for the wrong one. Only a condition such as an external id prevents that.
-- fix: |
--   # Agree on an external id with them, and ask for it in the trust: Condition StringEquals sts:ExternalId.
--   aws iam update-assume-role-policy --role-name {name!sh} --policy-document file://trust.json
-- references: [AWS IAM, the confused deputy problem]
-- population: aws_iam_role where origin = ''
-- identity: [principal]
-- params:
--   known_accounts: {default: [], help: 'account ids whose trust is agreed, as text'}
-- evidence:
--   principal: who may assume it
--   trusted_account: the account that is
--   action: the action that lets them

select distinct on (t.resource, t.principal)
    t.resource,
    t.principal,
    t.account as trusted_account,
    t.action,
from trusts as t
join aws_iam_role as r on r.resource = t.resource
join scan as s on not list_contains(s.own_accounts, t.account)
where t.kind = 'role'
    and t.account <> r.account
    and r.origin = ''
    and not t.conditional
    and 'sts:assumerole' glob t.action
    and not list_contains(cast($known_accounts as varchar[]), t.account)
order by t.resource, t.principal, t.action
