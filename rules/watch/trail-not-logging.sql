-- title: Trail that does not log
-- severity: critical
-- role: monitoring
-- since: "0.1"
-- says: "the trail {name} does not log: {reason}"
-- why: |
--   Nobody can say afterwards who did what in this account. Switching the trail off is the first thing an
--   intruder does.
-- fix: |
--   # Find out who switched it off; where the delivery fails, mend the bucket's policy or key first.
--   aws cloudtrail start-logging --region {region!sh} --name {resource!sh}
-- population: aws_cloudtrail
-- varies: [last_delivery]
-- evidence:
--   reason: switched off, or the error of its delivery
--   last_delivery: when it last wrote
--   bucket: where it writes to

select
    t.resource,
    if(t.is_logging, 'its delivery fails with ' || t.latest_delivery_error, 'it is switched off') as reason,
    t.latest_delivery_time as last_delivery,
    t.s3_bucket_name as bucket,
from aws_cloudtrail as t
where not t.is_logging or (t.is_logging and t.latest_delivery_error <> '')
