-- title: Dead-letter queue that is gone
-- severity: high
-- role: monitoring
-- since: "0.1"
-- says: "the queue {name} gives up its messages to {dead_letters}, which does not exist"
-- why: |
--   A message that cannot be worked off stays in the queue and comes back until it is too old, then it is
--   lost. The queue looks as if it had a safety net.
-- fix: |
--   # Make the dead-letter queue again, or name another as redrive_policy where the queue is declared; then
--   terraform plan
-- population: (select resource from aws_sqs_queue where json_extract_string(redrive_policy, '$.deadLetterTargetArn') is not null) as queues
-- evidence:
--   dead_letters: the queue that is gone

select
    q.resource,
    json_extract_string(q.redrive_policy, '$.deadLetterTargetArn') as dead_letters,
from aws_sqs_queue as q
anti join (select o.resource from aws_sqs_queue as o) as d
    on d.resource = json_extract_string(q.redrive_policy, '$.deadLetterTargetArn')
-- a dead-letter queue is always of the same account and region
where json_extract_string(q.redrive_policy, '$.deadLetterTargetArn') is not null
