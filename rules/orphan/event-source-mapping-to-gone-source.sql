-- title: Function that waits for a source that is gone
-- severity: high
-- role: request
-- since: "0.1"
-- says: "the function {function_name} waits for {source}, which is gone"
-- why: |
--   The function is meant to work off a queue, a stream or a table. It will never be called again, and
--   nothing fails that would say so.
-- fix: |
--   # Make the source again, or let the function read what took its place. Then this ends the dead mapping:
--   aws lambda delete-event-source-mapping --region {region!sh} --uuid {id!sh}
-- population: aws_lambda_event_source_mapping where regexp_matches(event_source_arn, '^arn:[^:]*:(sqs|kinesis|dynamodb):')
-- evidence:
--   function_name: the function
--   source: the queue, stream or table that is gone
--   state: what AWS says of the mapping
--   searched: where a use of it was looked for
--   not_searched: where a use of it may be and nobody looked

with there as (
    select q.resource as arn from aws_sqs_queue as q
    union all
    select k.resource from aws_kinesis_stream as k
    union all
    select t.resource from aws_dynamodb_table as t
)

select
    m.resource,
    m.function_name,
    m.event_source_arn as source,
    m.state,
    ['queues', 'streams', 'tables'] as searched,
    cast([] as varchar[]) as not_searched,
from aws_lambda_event_source_mapping as m
-- a table's stream is named table/NAME/stream/TIME, a consumer of a stream stream/NAME/consumer/...
anti join there as t on t.arn = regexp_replace(m.event_source_arn, '/(stream|consumer)/.*', '')
where regexp_matches(m.event_source_arn, '^arn:[^:]*:(sqs|kinesis|dynamodb):')
    and split_part(m.event_source_arn, ':', 4) = m.region
    and split_part(m.event_source_arn, ':', 5) = m.account
