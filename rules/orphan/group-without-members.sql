-- title: IAM group that has no members
-- severity: low
-- role: access
-- since: "0.1"
-- says: "the group {name} has no members"
-- why: |
--   Its permissions are nobody's today and somebody's tomorrow: one call puts a user in, and nobody has
--   looked at what the group may do since the last one left.
-- fix: |
--   # Ask the owner whether it is kept for a reason, then take it out of its configuration and
--   terraform plan
-- population: aws_iam_group
-- evidence:
--   attached: the policies it hands to its members
--   inline: its own policies

select
    g.resource,
    g.attached_policy_arns as attached,
    g.inline_policy_names as inline,
from aws_iam_group as g
where len(g.users) = 0
