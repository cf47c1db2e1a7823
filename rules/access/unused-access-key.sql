-- title: Active access key that nobody uses
-- severity: medium
-- role: access
-- since: "0.1"
-- says: "access key {number} of {name} is active and was last used {last}"
-- why: |
--   A key that nobody uses does nothing but wait to be found. Switching it off costs nothing and can be undone.
-- fix: |
--   # See which key it is, switch it off, and delete it when nobody has missed it for a while:
--   aws iam list-access-keys --user-name {name!sh}
-- references: [IAM best practices]
-- population: aws_iam_credential where key_1_active or key_2_active
-- params:
--   days: {default: 90, help: days after which a key counts as unused}
-- identity: [number]
-- undecided: unknown
-- varies: [reported]
-- evidence:
--   number: 1 or 2, as in IAM's credential report
--   last: the day of its last use, or that IAM knows of none
--   made: when it was made, or switched on or off
--   reported: when IAM wrote that down
--   unknown: why it is not known, where it is not

with keys as (
    select c.user_arn, c.report_generated, c.seen_at, 1 as number, c.key_1_changed as made, c.key_1_last_used as used
    from aws_iam_credential as c where c.key_1_active
    union all
    select c.user_arn, c.report_generated, c.seen_at, 2, c.key_2_changed, c.key_2_last_used
    from aws_iam_credential as c where c.key_2_active
)

select
    u.resource,
    k.number,
    coalesce(strftime(k.used, '%Y-%m-%d'), 'never since ' || strftime(k.made, '%Y-%m-%d')) as last,
    k.made,
    k.report_generated as reported,
    if(
        coalesce(k.report_generated < k.seen_at - to_days(1), true),
        'the credential report was written on ' || coalesce(strftime(k.report_generated, '%Y-%m-%d'), 'no known day'), null
    ) as unknown,
from keys as k
join aws_iam_user as u on u.arn = k.user_arn
-- IAM remembers uses since April 22, 2015: of an older key it may have forgotten one
where coalesce(k.used, if(k.made > timestamp '2015-04-22', k.made, null))
    < coalesce(k.report_generated, k.seen_at) - to_days(cast($days as integer))
