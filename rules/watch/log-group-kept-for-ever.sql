-- title: Logs that are kept for ever
-- severity: low
-- role: monitoring
-- since: "0.1"
-- says: "the log group {name} keeps everything for ever"
-- why: |
--   It costs more every month, and personal data in it stays longer than anybody may keep it. Nobody chose
--   that: it is what AWS does when nothing is said.
-- fix: |
--   # Decide how long these logs may be asked for. Declared: retention_in_days, else
--   aws logs put-retention-policy --region {region!sh} --log-group-name {name!sh} --retention-in-days 90
-- population: aws_cloudwatch_log_group
-- varies: [stored_bytes]
-- evidence:
--   stored_bytes: how much is kept
--   created_at: since when

select
    l.resource,
    l.stored_bytes,
    l.created_at,
from aws_cloudwatch_log_group as l
-- DELIVERY groups are emptied after some days whatever is set
where l.retention_in_days is null and l.log_group_class is distinct from 'DELIVERY'
