-- title: Permission given by hand to a declared principal
-- severity: high
-- role: access
-- since: "0.1"
-- says: "{name} was given {policy} by hand: no state declares that it holds it"
-- why: |
--   The configuration shows what this principal may do, and it is not all. An apply does not take the
--   addition away, so a quick permission of one night stays for years.
-- fix: |
--   # Find who added it and why. Not wanted: take it away (aws iam delete-role-policy, detach-role-policy and so on).
--   # Wanted: write it into the configuration, under a name of its own, and let the state know it:
--   terraform import {grant_type!sh}.adopted {grant_id!sh}
-- population: (select resource from aws_iam_role where class = 'declared' union all select resource from aws_iam_user where class = 'declared' union all select resource from aws_iam_group where class = 'declared') as principals
-- identity: [policy]
-- evidence:
--   policy: the inline policy's name, or the attached policy's ARN
--   grant_type: Terraform's type of the undeclared grant
--   grant_id: Terraform's id of it

select
    h.parent as resource,
    h.policy,
    h.type as grant_type,
    h.id as grant_id,
from (
    select i.parent, i.name as policy, i.type, i.id, i.class from aws_iam_role_policy as i
    union all
    select i.parent, i.name, i.type, i.id, i.class from aws_iam_user_policy as i
    union all
    select i.parent, i.name, i.type, i.id, i.class from aws_iam_group_policy as i
    union all
    select a.parent, a.policy_arn, a.type, a.id, a.class from aws_iam_role_policy_attachment as a
    union all
    select a.parent, a.policy_arn, a.type, a.id, a.class from aws_iam_user_policy_attachment as a
    union all
    select a.parent, a.policy_arn, a.type, a.id, a.class from aws_iam_group_policy_attachment as a
) as h
where h.class = 'unmanaged'
