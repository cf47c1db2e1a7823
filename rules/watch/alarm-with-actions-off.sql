-- title: Alarm whose actions are switched off
-- severity: high
-- role: monitoring
-- since: "0.1"
-- says: "the alarm {name} has its actions switched off: when it goes off, nobody hears it"
-- why: |
--   Somebody wanted quiet for an evening. On every list the alarm still has its topic, so nobody sees that
--   it has been silent ever since.
-- fix: |
--   # If it was too loud, mend its threshold; then let it speak again:
--   aws cloudwatch enable-alarm-actions --region {region!sh} --alarm-names {name!sh}
-- population: (select resource from aws_cloudwatch_metric_alarm where origin = '' union all select resource from aws_cloudwatch_log_alarm union all select resource from aws_cloudwatch_composite_alarm) as alarms
-- evidence:
--   alarm_actions: whom it would tell

select
    a.resource,
    a.alarm_actions,
from (
    select m.resource, m.actions_enabled, m.alarm_actions from aws_cloudwatch_metric_alarm as m where m.origin = ''
    union all
    select l.resource, l.actions_enabled, l.alarm_actions from aws_cloudwatch_log_alarm as l
    union all
    select c.resource, c.actions_enabled, c.alarm_actions from aws_cloudwatch_composite_alarm as c
) as a
-- a composite alarm, or a rule of EventBridge, may tell of it all the same
semi join alarm_ways as w on w.alarm = a.resource and w.verdict = 'no'
where not a.actions_enabled and len(a.alarm_actions) > 0
