-- title: Bucket of Terraform states that would not protect them
-- severity: high
-- role: recovery
-- since: "0.1"
-- says: "the bucket {name} holds Terraform states, and {reason}"
-- why: |
--   A state says what belongs to whom. Without it every resource has to be imported by hand, one by one, and whoever
--   reads it reads every secret that Terraform ever set.
-- fix: |
--   # Declared: aws_s3_bucket_versioning and aws_s3_bucket_public_access_block, else
--   aws s3api put-bucket-versioning --region {region!sh} --bucket {name!sh} --versioning-configuration Status=Enabled
--   aws s3api put-public-access-block --region {region!sh} --bucket {name!sh} --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
-- population: (select distinct bucket from state_stores) as buckets
-- identity: [question]
-- evidence:
--   question: versioned, shut or encrypted
--   reason: what is not so
--   source: a state that lies in it

select
    s.resource,
    s.question,
    s.says as reason,
    s.source,
from state_stores as s
where s.verdict = 'no' and s.resource is not null
