-- title: Root user that has an access key
-- severity: critical
-- role: access
-- since: "0.1"
-- says: "{name} has an access key"
-- why: |
--   Whoever finds the key has the whole account, from anywhere, without a password or a second factor, and no policy can
--   take anything from it.
-- fix: |
--   # Only the root user itself can delete it: sign in as root, Security credentials, Access keys. Give what uses it a role.
--   # Find out what does, by its key id in CloudTrail:
--   aws cloudtrail lookup-events --region us-east-1 --lookup-attributes AttributeKey=Username,AttributeValue=root
-- references: [AWS root user best practices]
-- population: aws_iam_root_user where access_keys_present is not null
-- evidence:
--   last: the day on which a key of its was last used, where that is known

select
    r.resource,
    strftime(greatest(r.key_1_last_used, r.key_2_last_used), '%Y-%m-%d') as last,
from aws_iam_root_user as r
where r.access_keys_present > 0
