-- title: Alarm that can never ring
-- severity: high
-- role: monitoring
-- since: "0.1"
-- says: "the alarm {name} can never ring: {reason}"
-- why: |
--   It is green, and it would be green whatever happened. A rate that goes from nought to one is easily given a
--   threshold in percent, and nobody tries an alarm before they need it.
-- fix: |
--   # Give it a threshold that can be passed where it is declared; then
--   terraform plan
-- population: alarm_ways
-- evidence:
--   reason: why not
--   threshold: what it waits for
--   metric_name: what it looks at

select distinct on (w.alarm)
    w.alarm as resource,
    w.deaf as reason,
    a.threshold,
    a.metric_name,
from alarm_ways as w
join aws_cloudwatch_metric_alarm as a on a.resource = w.alarm
where w.deaf <> ''
order by w.alarm, w.deaf
