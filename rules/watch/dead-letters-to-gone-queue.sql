-- title: Failures that are given up into a queue that is gone
-- severity: high
-- role: monitoring
-- since: "0.1"
-- says: "what {name} gives up goes to {dead_letters}, which does not exist"
-- why: |
--   It looks as if it had a safety net. What cannot be worked off is lost at once, and nothing says so.
-- fix: |
--   # Make the queue or topic again, or name another where what gives up is declared; then
--   terraform plan
-- population: (select resource from aws_lambda_function where dead_letter_target_arn is not null union all select resource from aws_sns_topic_subscription union all select resource from aws_cloudwatch_event_target union all select resource from aws_scheduler_schedule union all select resource from aws_lambda_event_source_mapping union all select resource from aws_lambda_function_event_invoke_config) as givers
-- evidence:
--   dead_letters: the queue or topic that is gone

with giving as (
    select f.resource, f.account, f.region, f.dead_letter_target_arn as arn from aws_lambda_function as f
    union all
    select s.resource, s.account, s.region, json_extract_string(s.redrive_policy, '$.deadLetterTargetArn')
    from aws_sns_topic_subscription as s
    union all
    select t.resource, t.account, t.region, json_extract_string(t.dead_letter_config, '$[0].arn')
    from aws_cloudwatch_event_target as t
    union all
    select c.resource, c.account, c.region, json_extract_string(c.target, '$[0].dead_letter_config[0].arn')
    from aws_scheduler_schedule as c
    union all
    select m.resource, m.account, m.region, json_extract_string(m.destination_config, '$[0].on_failure[0].destination_arn')
    from aws_lambda_event_source_mapping as m
    union all
    select i.resource, i.account, i.region, json_extract_string(i.destination_config, '$[0].on_failure[0].destination')
    from aws_lambda_function_event_invoke_config as i
), there as (
    select q.resource as arn from aws_sqs_queue as q
    union all
    select t.resource from aws_sns_topic as t
)

select
    g.resource,
    g.arn as dead_letters,
from giving as g
anti join there as h on h.arn = g.arn
-- whether something in another account or region is there is not known
where split_part(g.arn, ':', 3) in ('sqs', 'sns')
    and split_part(g.arn, ':', 4) = g.region and split_part(g.arn, ':', 5) = g.account
