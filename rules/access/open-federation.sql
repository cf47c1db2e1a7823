-- title: Role that every user of an identity provider may assume
-- severity: critical
-- role: access
-- since: "0.1"
-- says: "every user of {provider} may assume the role {name}"
-- why: |
--   A provider such as GitHub signs tokens for everybody who uses it. Without a condition on who the token
--   is for, anybody's pipeline gets this role's permissions.
-- fix: |
--   # Ask in the trust for the audience and the subject: StringEquals PROVIDER:aud, StringLike PROVIDER:sub.
--   aws iam update-assume-role-policy --role-name {name!sh} --policy-document file://trust.json
-- references: [GitHub Docs, configuring OpenID Connect in Amazon Web Services]
-- population: aws_iam_role where origin = ''
-- identity: [provider]
-- evidence:
--   provider: the identity provider
--   action: the action that lets them

select distinct on (t.resource, t.principal)
    t.resource,
    t.principal as provider,
    t.action,
from trusts as t
join aws_iam_role as r on r.resource = t.resource
where t.kind = 'role'
    and r.origin = ''
    and t.principal_type = 'Federated'
    and not t.conditional
    and 'sts:assumerolewithwebidentity' glob t.action
order by t.resource, t.principal, t.action
