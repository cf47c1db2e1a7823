-- title: User who signs in without a second factor
-- severity: high
-- role: access
-- since: "0.1"
-- says: "{name} signs in to the console with a password alone"
-- why: |
--   A password that was used elsewhere, guessed or given away is enough to be this user, from anywhere. Most accounts
--   that are taken over are taken over like this.
-- fix: |
--   # Let the user assign a device (Security credentials in the console). If nobody needs the password any more, this takes it away:
--   aws iam delete-login-profile --user-name {name!sh}
-- references: [IAM best practices]
-- population: aws_iam_credential where password_enabled
-- undecided: unknown
-- varies: [reported]
-- evidence:
--   reported: when IAM wrote that down
--   last: the day of the last sign-in that is known
--   unknown: why it is not known, where it is not

select
    u.resource,
    c.report_generated as reported,
    strftime(c.password_last_used, '%Y-%m-%d') as last,
    if(
        coalesce(c.report_generated < c.seen_at - to_days(1), true),
        'the credential report was written on ' || coalesce(strftime(c.report_generated, '%Y-%m-%d'), 'no known day'), null
    ) as unknown,
from aws_iam_credential as c
join aws_iam_user as u on u.arn = c.user_arn
-- a password that was taken away, or a device that was given, since the report was written
anti join aws_iam_virtual_mfa_device as m on m.user = c.name and m.account = c.account
where c.password_enabled and not c.mfa_active and u.console_since is not null
