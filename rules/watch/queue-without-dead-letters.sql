-- title: Queue without a dead-letter queue
-- severity: medium
-- role: monitoring
-- since: "0.1"
-- says: "the queue {name} has no dead-letter queue: what cannot be worked off is lost or goes round for ever"
-- why: |
--   A message that makes its reader fail comes back again and again, holds up the others, and is thrown away
--   when it is too old. Nobody can look at it afterwards.
-- fix: |
--   # Declare a dead-letter queue, an alarm on it, and this as redrive_policy; by hand:
--   aws sqs set-queue-attributes --region {region!sh} --queue-url {id!sh} --attributes '{"RedrivePolicy":"{\"deadLetterTargetArn\":\"QUEUE_ARN\",\"maxReceiveCount\":\"5\"}"}'
-- population: aws_sqs_queue
-- varies: [messages_visible]
-- evidence:
--   messages_visible: how many messages wait in it
--   searched: where a use of it as a dead-letter queue was looked for

with dead as (
    select json_extract_string(q.redrive_policy, '$.deadLetterTargetArn') as arn from aws_sqs_queue as q
    union all
    select f.dead_letter_target_arn from aws_lambda_function as f
    union all
    select json_extract_string(s.redrive_policy, '$.deadLetterTargetArn') from aws_sns_topic_subscription as s
    union all
    select json_extract_string(t.dead_letter_config, '$[0].arn') from aws_cloudwatch_event_target as t
    union all
    select json_extract_string(m.destination_config, '$[0].on_failure[0].destination_arn')
    from aws_lambda_event_source_mapping as m
    union all
    select json_extract_string(i.destination_config, '$[0].on_failure[0].destination')
    from aws_lambda_function_event_invoke_config as i
    union all
    select json_extract_string(c.target, '$[0].dead_letter_config[0].arn') from aws_scheduler_schedule as c
)

select
    q.resource,
    q.messages_visible,
    [
        'queues', 'functions', 'subscriptions', 'event targets', 'event source mappings', 'asynchronous invocations',
        'schedules'
    ] as searched,
from aws_sqs_queue as q
anti join dead as d on d.arn = q.resource
where json_extract_string(q.redrive_policy, '$.deadLetterTargetArn') is null
