-- title: Password that nobody signs in with
-- severity: medium
-- role: access
-- since: "0.1"
-- says: "{name} may sign in to the console and last did {last}"
-- why: |
--   A way in that its owner does not use is missed by nobody when somebody else does. Often it belongs to somebody who has left.
-- fix: |
--   # Ask the user; if the password is not needed, this takes it away:
--   aws iam delete-login-profile --user-name {name!sh}
-- references: [IAM best practices]
-- population: aws_iam_credential where password_enabled
-- params:
--   days: {default: 90, help: days after which a password counts as unused}
-- undecided: unknown
-- varies: [reported]
-- evidence:
--   last: the day of the last sign-in, or that IAM knows of none
--   reported: when IAM wrote that down
--   unknown: why it is not known, where it is not

select
    u.resource,
    coalesce(
        strftime(c.password_last_used, '%Y-%m-%d'),
        'never since ' || strftime(c.password_last_changed, '%Y-%m-%d')
    ) as last,
    c.report_generated as reported,
    if(
        coalesce(c.report_generated < c.seen_at - to_days(1), true),
        'the credential report was written on ' || coalesce(strftime(c.report_generated, '%Y-%m-%d'), 'no known day'), null
    ) as unknown,
from aws_iam_credential as c
join aws_iam_user as u on u.arn = c.user_arn
-- IAM remembers sign-ins since October 20, 2014: of an older password it may have forgotten one
where c.password_enabled and u.console_since is not null
    and coalesce(
        c.password_last_used,
        if(c.password_last_changed > timestamp '2014-10-20', c.password_last_changed, null)
    ) < coalesce(c.report_generated, c.seen_at) - to_days(cast($days as integer))
