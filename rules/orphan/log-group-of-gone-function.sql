-- title: Log group of a function that is gone
-- severity: low
-- role: cost
-- since: "0.1"
-- says: "the log group {name} is of a function that is gone"
-- why: |
--   Its logs are paid for, and may hold personal data, with nobody left who knows what is in them.
-- fix: |
--   # Let them end by themselves, after as many days as they may still be asked for:
--   aws logs put-retention-policy --region {region!sh} --log-group-name {name!sh} --retention-in-days 30
-- population: aws_cloudwatch_log_group where starts_with(name, '/aws/lambda/')
-- varies: [stored_bytes]
-- evidence:
--   function_name: the function it is named after
--   stored_bytes: how much is kept
--   retention_in_days: for how long, if not for ever
--   searched: where a use of it was looked for
--   not_searched: where a use of it may be and nobody looked

with written as (
    select f.account, f.region, f.log_group as name from aws_lambda_function as f
    union all
    select f.account, f.region, '/aws/lambda/' || f.name from aws_lambda_function as f
)

select
    l.resource,
    substr(l.name, 13) as function_name,
    l.stored_bytes,
    l.retention_in_days,
    ['functions', 'log groups that functions name'] as searched,
    ['functions that are deployed anew, and readers of their old logs'] as not_searched,
from aws_cloudwatch_log_group as l
anti join written as w on w.account = l.account and w.region = l.region and w.name = l.name
where starts_with(l.name, '/aws/lambda/')
    -- Lambda@Edge writes /aws/lambda/us-east-1.NAME into the region that it answers in
    and not regexp_matches(l.name, '^/aws/lambda/[a-z]{2}(-[a-z]+)+-\d\.')
