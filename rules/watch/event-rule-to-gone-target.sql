-- title: Event rule that starts something that is gone
-- severity: high
-- role: monitoring
-- since: "0.1"
-- says: "the event rule {rule_name} starts {target}, which does not exist"
-- why: |
--   EventBridge tries for a day and then drops the event. Whatever was to happen every night has not
--   happened since, and nothing says so.
-- fix: |
--   # Make the target again, or name what took its place where the rule is declared; then
--   terraform plan
-- population: aws_cloudwatch_event_target where regexp_matches(target_arn, '^arn:[^:]*:(lambda|sqs|sns|kinesis|states):')
-- evidence:
--   rule_name: the rule
--   target: the function, queue, topic, stream or state machine that is gone
--   dead_letters: where events that cannot be delivered go, if anywhere

with there as (
    select f.resource as arn from aws_lambda_function as f
    union all
    select q.resource from aws_sqs_queue as q
    union all
    select t.resource from aws_sns_topic as t
    union all
    select k.resource from aws_kinesis_stream as k
    union all
    select m.resource from aws_sfn_state_machine as m
)

select
    t.resource,
    t.rule as rule_name,
    t.target_arn as target,
    json_extract_string(t.dead_letter_config, '$[0].arn') as dead_letters,
from aws_cloudwatch_event_target as t
-- a function may be named with an alias or a version behind it
anti join there as h
    on h.arn = t.target_arn or h.arn = array_to_string(string_split(t.target_arn, ':')[1:7], ':')
where regexp_matches(t.target_arn, '^arn:[^:]*:(lambda|sqs|sns|kinesis|states):')
    -- whether something in another account or region is there is not known
    and split_part(t.target_arn, ':', 4) = t.region
    and split_part(t.target_arn, ':', 5) = t.account
