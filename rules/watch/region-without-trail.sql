-- title: Region that no trail records
-- severity: high
-- role: monitoring
-- since: "0.1"
-- says: "no trail records what is done in {name}"
-- why: |
--   After the ninety days of CloudTrail's own event history nobody can say who did what there. Event data stores of
--   CloudTrail Lake are not read.
-- fix: |
--   # One trail of all regions is enough; the bucket here is an example, and its policy must let CloudTrail write:
--   aws cloudtrail create-trail --region {region!sh} --name all-regions --is-multi-region-trail --s3-bucket-name example-trails
--   aws cloudtrail start-logging --region {region!sh} --name all-regions
-- references: [CIS AWS Foundations Benchmark]
-- population: aws_cloudtrail_region
-- evidence:
--   trails: how many trails reach it

select
    r.resource,
    json_array_length(r.trails) as trails,
from aws_cloudtrail_region as r
where json_array_length(r.trails) = 0
