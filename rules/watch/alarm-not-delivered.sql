-- title: Alarm whose message is not delivered
-- severity: high
-- role: monitoring
-- since: "0.1"
-- says: "the alarm {name} goes off and its message is not delivered: {reason}"
-- why: |
--   It has an action, the topic exists, and somebody has subscribed. A policy, a key or a filter on the way drops every message,
--   and nobody sees that before an incident does.
-- fix: |
--   # Let the service in where the topic, its key or the function is declared, or take the filter off the subscription; then
--   terraform plan
-- references: ["https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger"]
-- population: alarm_ways
-- evidence:
--   reason: what drops it
--   path: what a message goes through, as far as it goes

-- what is gone, or has no subscriber at all, is told as that
with reached as (
    select 'target' as hop, t.resource from aws_sns_topic as t
    union all
    select 'target', f.resource from aws_lambda_function as f
    union all
    select 'subscription', s.resource from aws_sns_topic_subscription as s
    union all
    select 'endpoint', s.resource from aws_sns_topic_subscription as s
)

select
    w.alarm as resource,
    w.says as reason,
    w.path,
from alarm_ways as w
semi join reached as r on r.hop = w.broken and r.resource = w.path[-1]
where w.verdict = 'no'
