-- title: Logs that are gone before anybody asks for them
-- severity: low
-- role: monitoring
-- since: "0.1"
-- says: "the log group {name} keeps its logs for {kept} only"
-- why: |
--   What happened on a Friday is not asked about before Monday, and an intrusion is found after weeks. By then there
--   is nothing to look at.
-- fix: |
--   # Decide how long these logs may be asked for. Declared: retention_in_days, else
--   aws logs put-retention-policy --region {region!sh} --log-group-name {name!sh} --retention-in-days 90
-- population: aws_cloudwatch_log_group where retention_in_days is not null
-- params:
--   least_days: {default: 7, help: days for which logs should be kept}
-- evidence:
--   kept: for how long, in words
--   retention_in_days: for how many days

select
    l.resource,
    l.retention_in_days || if(l.retention_in_days = 1, ' day', ' days') as kept,
    l.retention_in_days,
from aws_cloudwatch_log_group as l
where l.retention_in_days < $least_days and l.log_group_class is distinct from 'DELIVERY'
