-- title: Policy with an earlier version that allows more
-- severity: medium
-- role: access
-- since: "0.1"
-- says: "version {version} of the policy {name} allows more than the one in use, and one call brings it back"
-- why: |
--   What was taken away is still there. Whoever may set a policy's default version gets it back without writing a
--   policy, and nothing in the configuration shows it.
-- fix: |
--   # If nobody needs it, this destroys the earlier version:
--   aws iam delete-policy-version --policy-arn {resource!sh} --version-id {version!sh}
-- population: aws_iam_policy where origin = ''
-- identity: [version]
-- evidence:
--   version: the earlier version
--   holders: how many hold the policy

select
    v.policy as resource,
    v.version,
    p.attachment_count as holders,
from policy_versions as v
join aws_iam_policy as p on p.resource = v.policy
where v.wider and p.origin = '' and p.attachment_count > 0
