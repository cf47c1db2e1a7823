-- title: Alarm that has had no data for weeks
-- severity: low
-- role: monitoring
-- since: "0.1"
-- says: "the alarm {name} has had no data since {without_since}: it cannot ring"
-- why: |
--   What it looks at is gone, is called otherwise, or does nothing any more. As long as nothing comes the alarm says
--   neither that all is well nor that anything is wrong.
-- fix: |
--   # See what it looks at; point it at what took its place, or delete it, where it is declared:
--   aws cloudwatch describe-alarms --region {region!sh} --alarm-names {name!sh}
-- population: (select resource from aws_cloudwatch_metric_alarm where origin = '' union all select resource from aws_cloudwatch_log_alarm) as alarms
-- params:
--   most_days: {default: 30, help: days for which an alarm may have no data}
-- evidence:
--   without_since: since when
--   metric_name: what it looks at, if it is one metric
--   treat_missing_data: what it makes of silence

select
    a.resource,
    a.since as without_since,
    a.metric_name,
    a.treat_missing_data,
from (
    select m.resource, m.state_value, m.metric_name, m.treat_missing_data, m.seen_at,
        coalesce(m.state_transitioned, m.state_updated) as since
    from aws_cloudwatch_metric_alarm as m where m.origin = ''
    union all
    select l.resource, l.state_value, null, l.treat_missing_data, l.seen_at,
        coalesce(l.state_transitioned, l.state_updated)
    from aws_cloudwatch_log_alarm as l
) as a
where a.state_value = 'INSUFFICIENT_DATA'
    and a.since < a.seen_at - to_days(cast($most_days as integer))
