-- title: Function whose failures are lost
-- severity: low
-- status: preview
-- role: monitoring
-- since: "0.1"
-- says: "what {name} fails at is lost: {asked_by} hands it over and waits for no answer, and it has no dead-letter queue"
-- why: |
--   Lambda tries an event of this kind three times within hours, then throws it away. Whoever sent it believes that it
--   was handled, and nobody can do the work later.
-- fix: |
--   # Declare dead_letter_config, or an aws_lambda_function_event_invoke_config with destination_config.on_failure; by hand:
--   aws lambda put-function-event-invoke-config --region {region!sh} --function-name {name!sh} --destination-config '{"OnFailure":{"Destination":"QUEUE_ARN"}}'
-- references: [AWS Lambda Developer Guide, Asynchronous invocation]
-- population: aws_lambda_function
-- evidence:
--   asked_by: who hands events over to it, the first of them
--   others: how many more do

with asking as (
    select t.target_arn as arn, 'the event rule ' || t.rule as who from aws_cloudwatch_event_target as t
    union all
    select s.endpoint, 'the topic ' || split_part(s.topic_arn, ':', 6) from aws_sns_topic_subscription as s
    where s.protocol = 'lambda'
    union all
    select unnest(json_extract_string(n.lambda_function, '$[*].lambda_function_arn')), 'the bucket ' || n.name
    from aws_s3_bucket_notification as n
), kept as (
    select i.account, i.region, i.function_name
    from aws_lambda_function_event_invoke_config as i
    where json_extract_string(i.destination_config, '$[0].on_failure[0].destination') is not null
)

select
    f.resource,
    min(a.who) as asked_by,
    count(distinct a.who) - 1 as others,
from aws_lambda_function as f
-- an alias or a version stands behind the function's own seven parts
join asking as a on array_to_string(string_split(a.arn, ':')[:7], ':') = f.resource
anti join kept as k on k.account = f.account and k.region = f.region and k.function_name = f.name
where f.dead_letter_target_arn is null
group by f.resource
