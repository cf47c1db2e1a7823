-- title: Subscription to something that is gone
-- severity: high
-- role: request
-- since: "0.1"
-- says: "the subscription to {topic_arn} delivers to {endpoint}, which is gone"
-- why: |
--   What the topic says is delivered to nowhere. SNS retries for a while and drops it, and the topic still
--   looks as if somebody listened.
-- fix: |
--   # Make the endpoint again, or subscribe what took its place; then this ends the dead subscription:
--   aws sns unsubscribe --region {region!sh} --subscription-arn {id!sh}
-- population: aws_sns_topic_subscription where protocol in ('sqs', 'lambda')
-- evidence:
--   topic_arn: the topic
--   protocol: sqs or lambda
--   endpoint: the queue or function that is gone
--   searched: where a use of it was looked for
--   not_searched: where a use of it may be and nobody looked

with there as (
    select q.resource as arn from aws_sqs_queue as q
    union all
    select f.resource from aws_lambda_function as f
)

select
    s.resource,
    s.topic_arn,
    s.protocol,
    s.endpoint,
    ['queues', 'functions'] as searched,
    cast([] as varchar[]) as not_searched,
from aws_sns_topic_subscription as s
-- a function may be named with an alias or a version behind it
anti join there as t on t.arn = array_to_string(string_split(s.endpoint, ':')[1:7], ':')
where s.protocol in ('sqs', 'lambda')
    -- whether something in another account or region is there is not known
    and split_part(s.endpoint, ':', 4) = s.region
    and split_part(s.endpoint, ':', 5) = s.account
