-- title: Account without a password policy
-- severity: low
-- role: access
-- since: "0.1"
-- says: "no password policy was ever set in {account}: eight characters are enough"
-- why: |
--   AWS's own default asks for eight characters and never for new ones. The account's users sign in with such passwords
--   from anywhere.
-- fix: |
--   aws iam update-account-password-policy --minimum-password-length 14 --password-reuse-prevention 24 --require-symbols --require-numbers --require-uppercase-characters --require-lowercase-characters --allow-users-to-change-password
-- references: [CIS AWS Foundations Benchmark]
-- population: aws_iam_root_user
-- evidence:
--   users: how many users have a password

select
    r.resource,
    count(*) as users,
from aws_iam_root_user as r
join aws_iam_credential as c on c.account = r.account
anti join aws_iam_account_password_policy as p on p.account = r.account
where c.password_enabled
group by r.resource
