-- title: Policy that cannot be read
-- severity: medium
-- role: access
-- since: "0.1"
-- says: "what {name} may do is not known: the policy {policy} could not be read"
-- why: |
--   Whatever else is known of this principal, the policy that could not be read may allow more, or deny it. Nothing is
--   said of it until then, and that is not the same as nothing being wrong.
-- fix: |
--   # Look at what AWS has of it; a document that is no JSON has to be written anew.
--   aws iam get-policy --policy-arn {policy!sh}
-- population: (select distinct g.principal from grants as g where g.via not in ('trust', 'resource_policy')) as principals
-- identity: [policy, via]
-- evidence:
--   policy: the policy that could not be read
--   via: how it is held
--   problem: why it could not

select distinct on (g.principal, g.document, g.via)
    g.principal as resource,
    g.document as policy,
    g.via,
    g.problem,
from grants as g
where g.doubt and g.problem <> ''
order by g.principal, g.document, g.via, g.problem
