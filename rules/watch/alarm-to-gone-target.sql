-- title: Alarm that tells something that is gone
-- severity: high
-- role: monitoring
-- since: "0.1"
-- says: "the alarm {name} tells {target}, which does not exist"
-- why: |
--   CloudWatch does not mind: the alarm has an action, goes off, and its message is dropped. Every check that
--   asks whether there is an action passes.
-- fix: |
--   # Make the topic or function again, or name the one that took its place where the alarm is declared; then
--   terraform plan
-- population: (select resource from aws_cloudwatch_metric_alarm where origin = '' union all select resource from aws_cloudwatch_log_alarm union all select resource from aws_cloudwatch_composite_alarm) as alarms
-- identity: [target]
-- evidence:
--   target: the topic or function that is gone

with told as (
    select a.resource, a.account, a.region,
        unnest(list_concat(a.alarm_actions, a.insufficient_data_actions, a.ok_actions)) as target
    from aws_cloudwatch_metric_alarm as a where a.origin = ''
    union all
    select l.resource, l.account, l.region,
        unnest(list_concat(l.alarm_actions, l.insufficient_data_actions, l.ok_actions))
    from aws_cloudwatch_log_alarm as l
    union all
    select c.resource, c.account, c.region,
        unnest(list_concat(c.alarm_actions, c.insufficient_data_actions, c.ok_actions))
    from aws_cloudwatch_composite_alarm as c
), there as (
    select t.resource as arn from aws_sns_topic as t
    union all
    select f.resource from aws_lambda_function as f
)

select distinct
    a.resource,
    a.target,
from told as a
-- a function may be named with an alias or a version behind it
anti join there as t
    on t.arn = array_to_string(string_split(a.target, ':')[1:if(split_part(a.target, ':', 3) = 'lambda', 7, 6)], ':')
where split_part(a.target, ':', 3) in ('sns', 'lambda')
    -- whether something in another account or region is there is not known
    and split_part(a.target, ':', 4) = a.region
    and split_part(a.target, ':', 5) = a.account
