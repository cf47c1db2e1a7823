-- title: Password policy that asks for little
-- severity: low
-- role: access
-- since: "0.1"
-- says: "users of {account} may have passwords of {length} characters"
-- why: |
--   Short passwords are guessed, and the account's users sign in with them from anywhere.
-- fix: |
--   # This call sets every option anew, so name those you have; better, declare aws_iam_account_password_policy:
--   aws iam update-account-password-policy --minimum-password-length 14 --password-reuse-prevention 24 --require-symbols --require-numbers --require-uppercase-characters --require-lowercase-characters --allow-users-to-change-password
-- references: [CIS AWS Foundations Benchmark]
-- population: aws_iam_account_password_policy
-- params:
--   length: {default: 14, help: characters that a password must have at least}
-- evidence:
--   length: the shortest password that is allowed
--   users: how many users have a password

select
    p.resource,
    p.minimum_password_length as length,
    count(*) as users,
from aws_iam_account_password_policy as p
join aws_iam_credential as c on c.account = p.account
where p.minimum_password_length < cast($length as integer) and c.password_enabled
group by p.resource, p.minimum_password_length
