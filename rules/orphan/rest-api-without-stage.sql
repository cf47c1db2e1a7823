-- title: REST API that nobody can call
-- severity: low
-- params:
--   days: {default: 7, help: after how many days without a stage}
-- role: request
-- since: "0.1"
-- says: "the API {name} has no stage, so that nobody can call it"
-- why: |
--   It looks like an API and answers nobody. Its authorizers, permissions and domain names are kept for it.
-- fix: |
--   # Ask the owner. Its domain names' mappings go first; this destroys it:
--   aws apigateway delete-rest-api --region {region!sh} --rest-api-id {id!sh}
-- population: aws_api_gateway_rest_api
-- evidence:
--   created_at: when it was made
--   searched: where a use of it was looked for
--   not_searched: what can use it and is not read

select
    a.resource, a.created_at,
    ['stages'] as searched,
    ['functions and scripts that make one for a test'] as not_searched,
from aws_api_gateway_rest_api as a
anti join aws_api_gateway_stage as s on s.parent = a.resource
where a.origin = '' and a.created_at < a.seen_at - to_days($days)
