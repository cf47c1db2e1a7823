-- title: Root user that was used lately
-- severity: high
-- role: access
-- since: "0.1"
-- says: "{name} was used on {used}, by its {with}"
-- why: |
--   The root user may do everything, no policy holds it back, and it is nobody's: what it did cannot be traced to a
--   person. Almost nothing needs it.
-- fix: |
--   # Find out what was done and by whom, and give whoever it was a role for it:
--   aws cloudtrail lookup-events --region us-east-1 --lookup-attributes AttributeKey=Username,AttributeValue=root
-- references: [AWS root user best practices]
-- population: aws_iam_root_user where report_generated is not null
-- params:
--   days: {default: 30, help: days for which a use of the root user is told}
-- varies: [used]
-- evidence:
--   used: when it was used last
--   with: password, or access key
--   reported: when IAM wrote that down

select
    r.resource,
    strftime(greatest(r.password_last_used, r.key_1_last_used, r.key_2_last_used), '%Y-%m-%d') as used,
    if(
        coalesce(r.password_last_used >= greatest(r.key_1_last_used, r.key_2_last_used), r.password_last_used is not null),
        'password', 'access key'
    ) as with,
    r.report_generated as reported,
from aws_iam_root_user as r
where greatest(r.password_last_used, r.key_1_last_used, r.key_2_last_used)
    > r.seen_at - to_days(cast($days as integer))
