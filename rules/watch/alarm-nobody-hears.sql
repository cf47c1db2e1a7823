-- title: Alarm whose topics have no subscriber
-- severity: high
-- role: monitoring
-- since: "0.1"
-- says: "the alarm {name} goes off into {topics}, which nobody has subscribed to"
-- why: |
--   The alarm has an action and the topic exists, and still no message reaches anybody. Each half looks right
--   by itself, so nobody but the next incident notices.
-- fix: |
--   # Subscribe whoever is to hear it, and let them confirm; the address here is an example:
--   aws sns subscribe --region {region!sh} --topic-arn {one_topic!sh} --protocol email --notification-endpoint on-call@example.com
-- population: (select resource from aws_cloudwatch_metric_alarm where origin = '' union all select resource from aws_cloudwatch_log_alarm union all select resource from aws_cloudwatch_composite_alarm) as alarms
-- evidence:
--   topics: the topics it tells
--   one_topic: the first of them

with told as (
    select a.resource, unnest(a.alarm_actions) as target
    from aws_cloudwatch_metric_alarm as a where a.origin = '' and a.actions_enabled
    union all
    select l.resource, unnest(l.alarm_actions) from aws_cloudwatch_log_alarm as l where l.actions_enabled
    union all
    select c.resource, unnest(c.alarm_actions) from aws_cloudwatch_composite_alarm as c where c.actions_enabled
), deaf as (
    select t.resource from aws_sns_topic as t
    anti join aws_sns_topic_subscription as s on s.topic_arn = t.resource and s.confirmed
    -- counts the subscribers of other accounts too
    where coalesce(t.subscriptions_confirmed, 0) = 0
)

select
    a.resource,
    list(distinct a.target order by a.target) as topics,
    min(a.target) as one_topic,
from told as a
left join deaf as d on d.resource = a.target
group by a.resource
having bool_and(d.resource is not null)
