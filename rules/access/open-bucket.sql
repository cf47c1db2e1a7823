-- title: Bucket that is open to everybody
-- severity: critical
-- role: access
-- since: "0.1"
-- says: "the bucket {name} is open to everybody: its policy allows {action} without a condition"
-- why: |
--   Whoever knows the bucket's name can reach what is in it, without any account, and it will be found:
--   names of buckets are searched for day and night.
-- fix: |
--   # See first who reads it; this closes it to everybody but this account:
--   aws s3api put-public-access-block --region {region!sh} --bucket {name!sh} --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
-- references: [Amazon S3, blocking public access]
-- population: aws_s3_bucket
-- evidence:
--   action: the widest action that is open
--   block_public_policy: whether such a policy could be put today

select distinct on (b.resource)
    b.resource,
    t.action,
    b.block_public_policy,
from trusts as t
join aws_s3_bucket as b on b.resource = t.resource
where t.kind = 'bucket'
    -- restricting makes a public policy count for this account alone
    and not b.restrict_public_buckets
    and t.principal = '*'
    and t.principal_type = 'AWS'
    and not t.conditional
order by b.resource, t.action
