-- title: Alarm that tells nobody
-- severity: high
-- role: monitoring
-- since: "0.1"
-- says: "the alarm {name} has no action: when it goes off, nobody hears it"
-- why: |
--   Everybody who knows of the alarm relies on it, and it is silent. A missing alarm is noticed in a review,
--   a silent one after the incident.
-- fix: |
--   # Name the owner's topic as alarm_actions where the alarm is declared; then
--   terraform plan
-- population: (select resource from aws_cloudwatch_metric_alarm where origin = '' union all select resource from aws_cloudwatch_log_alarm union all select resource from aws_cloudwatch_composite_alarm) as alarms
-- evidence:
--   ok_actions: whom it tells when all is well again
--   searched: who else might use it, or tell of it

with alarms as (
    select a.resource, a.name, a.account, a.region, a.alarm_actions, a.ok_actions, a.insufficient_data_actions
    from aws_cloudwatch_metric_alarm as a where a.origin = ''
    union all
    select l.resource, l.name, l.account, l.region, l.alarm_actions, l.ok_actions, l.insufficient_data_actions
    from aws_cloudwatch_log_alarm as l
    union all
    select c.resource, c.name, c.account, c.region, c.alarm_actions, c.ok_actions, c.insufficient_data_actions
    from aws_cloudwatch_composite_alarm as c
), used as (
    select s.account, s.region, unnest(s.deployment_alarms) as name
    from aws_ecs_service as s
    union all
    select h.account, h.cloudwatch_alarm_region, h.cloudwatch_alarm_name from aws_route53_health_check as h
)

select
    a.resource,
    a.ok_actions,
    ['composite alarms', 'deployments of ECS services', 'health checks', 'event rules'] as searched,
from alarms as a
semi join alarm_ways as w on w.alarm = a.resource and w.verdict = 'no'
-- a composite alarm that names it speaks for it
anti join aws_cloudwatch_composite_alarm as c
    on c.account = a.account
    and c.region = a.region
    and regexp_matches(c.alarm_rule, '[("'':]' || regexp_escape(a.name) || '["'')]')
anti join used as u on u.account = a.account and u.region = a.region and u.name = a.name
where coalesce(len(a.alarm_actions), 0) = 0 and coalesce(len(a.insufficient_data_actions), 0) = 0
