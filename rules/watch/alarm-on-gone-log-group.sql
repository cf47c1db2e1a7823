-- title: Alarm on logs that are gone
-- severity: medium
-- role: monitoring
-- since: "0.1"
-- says: "the alarm {name} looks for something in the log group {log_group}, which does not exist"
-- why: |
--   Its query finds nothing there, whatever happens. Who sees it among the alarms takes what wrote there for watched.
-- fix: |
--   # See what it asks; point it at the log group that took this one's place, or delete it, where it is declared:
--   aws cloudwatch describe-alarms --region {region!sh} --alarm-types LogAlarm --alarm-names {name!sh}
-- references: [Amazon CloudWatch API Reference, PutLogAlarm]
-- population: aws_cloudwatch_log_alarm
-- identity: [log_group]
-- evidence:
--   log_group: the log group that is not there
--   asked: every log group that it asks

with asked as (
    select a.resource, a.account, a.region, a.log_groups, unnest(a.log_groups) as named
    from aws_cloudwatch_log_alarm as a
)

select distinct
    a.resource,
    if(contains(a.named, ':log-group:'), split_part(a.named, ':', 7), a.named) as log_group,
    a.log_groups as asked,
from asked as a
anti join aws_cloudwatch_log_group as g
    on g.account = a.account and g.region = a.region
    and g.name = if(contains(a.named, ':log-group:'), split_part(a.named, ':', 7), a.named)
-- whether one of another account is there is not known
where not contains(a.named, ':log-group:') or split_part(a.named, ':', 5) = a.account
