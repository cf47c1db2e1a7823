-- title: Alarm that has been ringing for weeks
-- severity: medium
-- role: monitoring
-- since: "0.1"
-- says: "the alarm {name} has been ringing since {ringing_since}, and nobody has made it stop"
-- why: |
--   Either something has been broken all this time, or the alarm is wrong. In both cases people have learnt
--   not to look when it rings, and will not look when it matters.
-- fix: |
--   # See what it says; mend what it says, or its threshold where it is declared:
--   aws cloudwatch describe-alarm-history --region {region!sh} --alarm-name {name!sh} --history-item-type StateUpdate --max-records 10
-- population: aws_cloudwatch_metric_alarm where origin = ''
-- params:
--   most_days: {default: 14, help: days for which an alarm may ring}
-- varies: [state_reason]
-- evidence:
--   ringing_since: when it went off
--   state_reason: what it says

select
    a.resource,
    coalesce(a.state_transitioned, a.state_updated) as ringing_since,
    a.state_reason,
from aws_cloudwatch_metric_alarm as a
where a.origin = ''
    and a.state_value = 'ALARM'
    and coalesce(a.state_transitioned, a.state_updated) < a.seen_at - to_days(cast($most_days as integer))
