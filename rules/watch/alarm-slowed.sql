-- title: Alarm that was made slower or more forgiving by hand
-- severity: high
-- role: monitoring
-- since: "0.1"
-- says: "the alarm {name} was made quieter by hand: its {attribute} is {actual}, declared is {declared}"
-- why: |
--   It waits longer, or takes silence for health, than whoever declared it wanted. It still rings, but later than
--   anybody counts on, or not at all when its data stop.
-- fix: |
--   # Put back what was declared:
--   terraform apply -target={address!sh}
-- population: aws_cloudwatch_metric_alarm where address is not null
-- identity: [attribute]
-- evidence:
--   attribute: what was changed
--   declared: in the Terraform state
--   actual: in AWS

select
    c.resource,
    c.attribute,
    c.declared,
    c.actual,
from comparisons as c
join aws_cloudwatch_metric_alarm as a on a.resource = c.resource
where c.verdict = 'changed' and (
    (
        c.attribute in ('evaluation_periods', 'datapoints_to_alarm', 'period')
        and try_cast(c.actual as bigint) > try_cast(c.declared as bigint)
    ) or (
        c.attribute = 'treat_missing_data' and c.declared = '"breaching"'
    )
)
