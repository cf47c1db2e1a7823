-- title: Permission given by hand to a declared principal
-- severity: high
-- role: access
-- since: "0.1"
-- says: "{name} was given {policy} by hand: no state declares that it holds it"
-- why: |
--   The configuration shows what this principal may do, and it is not all. An apply does not take the
--   addition away, so a quick permission of one night stays for years.
-- fix: |
--   # Find who added it and why. Not wanted: this takes it away.
--   aws iam {call!sh} {flag!sh} {name!sh} {option!sh} {policy!sh}
--   # Wanted: write it into the configuration, under a name of its own, and let the state know it:
--   terraform import {grant_type!sh}.adopted {grant_id!sh}
-- population: (select resource from aws_iam_role where class = 'declared' union all select resource from aws_iam_user where class = 'declared' union all select resource from aws_iam_group where class = 'declared') as principals
-- identity: [policy]
-- evidence:
--   policy: the inline policy's name, or the attached policy's ARN
--   grant_type: Terraform's type of the undeclared grant
--   grant_id: Terraform's id of it
--   gains: what it allows, the widest first; nothing where its document was not read
--   call: the call that takes it away
--   flag: and its options for the principal
--   option: and for the policy

with held as (
    select i.resource, i.parent, i.name as policy, i.type, i.id, 'role' as kind, true as inline from aws_iam_role_policy as i
    union all
    select i.resource, i.parent, i.name, i.type, i.id, 'user', true from aws_iam_user_policy as i
    union all
    select i.resource, i.parent, i.name, i.type, i.id, 'group', true from aws_iam_group_policy as i
    union all
    select a.resource, a.parent, a.policy_arn, a.type, a.id, 'role', false from aws_iam_role_policy_attachment as a
    union all
    select a.resource, a.parent, a.policy_arn, a.type, a.id, 'user', false from aws_iam_user_policy_attachment as a
    union all
    select a.resource, a.parent, a.policy_arn, a.type, a.id, 'group', false from aws_iam_group_policy_attachment as a
)

select
    h.parent as resource,
    h.policy,
    h.type as grant_type,
    h.id as grant_id,
    c.gains,
    if(h.inline, 'delete-', 'detach-') || h.kind || '-policy' as call,
    '--' || h.kind || '-name' as flag,
    if(h.inline, '--policy-name', '--policy-arn') as option,
from held as h
join grant_changes as c on c.given_by = h.resource and c.change = 'added'
