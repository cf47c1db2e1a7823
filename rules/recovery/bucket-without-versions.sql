-- title: Bucket that keeps no earlier versions
-- severity: low
-- severities: severity
-- role: recovery
-- since: "0.1"
-- says: "what is overwritten or deleted in the bucket {name} is lost: its versions are {versioning}"
-- why: |
--   A script that cleans up the wrong prefix, or somebody who encrypts what they find, leaves nothing to go
--   back to.
-- fix: |
--   # Declared: aws_s3_bucket_versioning with a rule that ends old versions, else
--   aws s3api put-bucket-versioning --region {region!sh} --bucket {name!sh} --versioning-configuration Status=Enabled
-- population: aws_s3_bucket
-- evidence:
--   versioning: suspended, or never switched on
--   lifecycle_rules: how many rules end what is in it
--   severity: medium where somebody switched it off

select
    b.resource,
    if(b.versioning_status = 'Suspended', 'suspended', 'not kept') as versioning,
    b.lifecycle_rules,
    if(b.versioning_status = 'Suspended', 'medium', 'low') as severity,
from aws_s3_bucket as b
where b.versioning_status <> 'Enabled'
