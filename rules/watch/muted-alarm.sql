-- title: Alarm that is muted for ever
-- severity: high
-- role: monitoring
-- since: "0.1"
-- says: "the mute rule {mute_rule} silences the alarm {name} at every hour, without an end"
-- why: |
--   A mute rule is for a night of work. One that begins again before it ends, and never expires, is an alarm switched
--   off, and the alarm still shows its topic and its actions as on.
-- fix: |
--   # Give the rule an end where it is declared, or let it mute fewer hours. To let every alarm speak that it mutes:
--   aws cloudwatch delete-alarm-mute-rule --region {region!sh} --alarm-mute-rule-name {mute_rule!sh}
-- references: [Amazon CloudWatch API Reference, PutAlarmMuteRule]
-- population: (select resource from aws_cloudwatch_metric_alarm where origin = '' union all select resource from aws_cloudwatch_log_alarm union all select resource from aws_cloudwatch_composite_alarm) as alarms
-- evidence:
--   mute_rule: which mutes it

select distinct on (w.alarm)
    w.alarm as resource,
    w.muted as mute_rule,
from alarm_ways as w
where w.muted <> '' and w.alarm <> ''
order by w.alarm, w.muted
