-- title: Role that nobody has used for a long time
-- severity: medium
-- role: access
-- since: "0.1"
-- says: "the role {name} was last used at {last_used}"
-- why: |
--   What it may do is needed by nobody and open to whoever finds a way to assume it. AWS keeps the day of the
--   last use for 400 days; a role without such a day is not judged here.
-- fix: |
--   # Ask the owner whether it is for emergencies or once a year, and say so in a tag. If it is not needed,
--   # take it out of its configuration and
--   terraform plan
-- references: [AWS IAM User Guide, last accessed information]
-- population: aws_iam_role where origin = '' and last_used_date is not null
-- params:
--   unused_days: {default: 90, help: days without a use after which a role counts as unused}
-- varies: [last_used]
-- evidence:
--   last_used: when it was last used
--   last_used_region: where
--   attached: the policies it holds
--   inline: its own policies

select
    r.resource,
    r.last_used_date as last_used,
    r.last_used_region,
    r.attached_policy_arns as attached,
    r.inline_policy_names as inline,
from aws_iam_role as r
where r.origin = '' and r.last_used_date < r.seen_at - to_days(cast($unused_days as integer))
