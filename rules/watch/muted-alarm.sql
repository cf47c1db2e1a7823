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
-- population: alarm_ways
-- evidence:
--   mute_rule: which mutes it

select
    w.alarm as resource,
    w.muted as mute_rule,
from alarm_ways as w
where w.muted <> ''
