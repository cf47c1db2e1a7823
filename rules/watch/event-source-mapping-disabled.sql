-- title: Function that no longer reads its source
-- severity: high
-- role: monitoring
-- since: "0.1"
-- says: "the function {function_name} no longer reads {source}: the mapping is switched off"
-- why: |
--   Whatever arrives piles up until it is too old and is lost. The function does not fail, it is simply never
--   called.
-- fix: |
--   # Find out why it was switched off, then
--   aws lambda update-event-source-mapping --region {region!sh} --uuid {id!sh} --enabled
-- population: aws_lambda_event_source_mapping
-- evidence:
--   function_name: the function
--   source: what it would read
--   state: what AWS says of the mapping

select
    m.resource,
    m.function_name,
    m.event_source_arn as source,
    m.state,
from aws_lambda_event_source_mapping as m
where m.state in ('Disabled', 'Disabling')
