-- title: Event rule that starts nothing
-- severity: medium
-- role: request
-- since: "0.1"
-- says: "the event rule {name} fires and starts nothing: it has no target"
-- why: |
--   Somebody believes that this runs every night, or whenever it matters. Nothing fails, so nothing says
--   that it has not run since its target went.
-- fix: |
--   # See what it was to start, and give it that as a target in its configuration; then
--   terraform plan
-- population: aws_cloudwatch_event_rule where origin = ''
-- evidence:
--   state: whether it fires
--   schedule: when it fires, if by the clock
--   pattern: what it fires on, if on events
--   searched: where a use of it was looked for
--   not_searched: where a use of it may be and nobody looked

select
    r.resource,
    r.state,
    r.schedule_expression as schedule,
    r.event_pattern as pattern,
    ['targets'] as searched,
    ['whether it was made to be given one later'] as not_searched,
from aws_cloudwatch_event_rule as r
anti join aws_cloudwatch_event_target as t on t.parent = r.resource
where r.origin = ''
