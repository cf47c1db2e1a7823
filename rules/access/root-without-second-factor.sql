-- title: Root user without a second factor
-- severity: critical
-- role: access
-- since: "0.1"
-- says: "{name} needs no second factor to sign in"
-- why: |
--   One password, or the mailbox that resets it, is the whole account. Nobody can take anything from the root user by a
--   policy of the account.
-- fix: |
--   # Only the root user itself can do it: sign in as root, Security credentials, Assign MFA device. For the account of a
--   # member of an organization its root credentials can be deleted instead (centralized root access). This shows what it has:
--   aws iam list-virtual-mfa-devices --assignment-status Assigned
-- references: [AWS root user best practices]
-- population: aws_iam_root_user where mfa_enabled is not null
-- evidence:
--   password: 1, or null where AWS does not say whether it has a password

select
    r.resource,
    r.password_present as password,
from aws_iam_root_user as r
where r.mfa_enabled = 0 and coalesce(r.password_present, 1) > 0
