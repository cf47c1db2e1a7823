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
-- population: (select resource from aws_cloudwatch_metric_alarm where origin = '' union all select resource from aws_cloudwatch_log_alarm union all select resource from aws_cloudwatch_composite_alarm) as alarms
-- params:
--   most_days: {default: 14, help: days for which an alarm may ring}
-- varies: [state_reason]
-- evidence:
--   ringing_since: when it went off
--   state_reason: what it says

select
    a.resource,
    a.since as ringing_since,
    a.state_reason,
from (
    select m.resource, m.state_value, m.state_reason, m.seen_at, coalesce(m.state_transitioned, m.state_updated) as since
    from aws_cloudwatch_metric_alarm as m where m.origin = ''
    union all
    select l.resource, l.state_value, l.state_reason, l.seen_at, coalesce(l.state_transitioned, l.state_updated)
    from aws_cloudwatch_log_alarm as l
    union all
    select c.resource, c.state_value, c.state_reason, c.seen_at, c.state_updated from aws_cloudwatch_composite_alarm as c
) as a
where a.state_value = 'ALARM'
    and a.since < a.seen_at - to_days(cast($most_days as integer))
