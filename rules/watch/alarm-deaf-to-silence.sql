-- title: Alarm that takes silence for health
-- severity: medium
-- role: monitoring
-- since: "0.1"
-- says: "the alarm {name} stays quiet when {metric_name} stops coming, which is when it should ring"
-- why: |
--   Of this metric no data means that the thing is gone or cannot report. The alarm treats that as all well, so
--   the worst failure is the one that it does not tell.
-- fix: |
--   # Where it is declared: treat_missing_data = "breaching"; then
--   terraform plan
-- references: [Amazon CloudWatch, recommended alarms]
-- population: (select resource from aws_cloudwatch_metric_alarm where origin = '') as alarms
-- evidence:
--   metric_name: what it looks at
--   treat_missing_data: what it makes of silence
--   source: who recommends to ring

select distinct on (a.resource)
    a.resource,
    a.metric_name,
    a.treat_missing_data,
    r.source,
from aws_cloudwatch_metric_alarm as a
join recommended_alarms as r
    on r.namespace = a.namespace and r.metric = a.metric_name and r.missing = 'breaching'
    and len(list_filter(r.dimensions, d -> a.dimensions[d] is null)) = 0
where a.origin = '' and a.treat_missing_data in ('notBreaching', 'ignore')
    and left(a.comparison_operator, 1) = if(r.comparison in ('>', '>='), 'G', 'L')
order by a.resource, r.source
