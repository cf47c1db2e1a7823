-- title: Alarm that goes off later than was declared
-- severity: critical
-- role: monitoring
-- since: "0.1"
-- says: "the alarm {name} goes off at {actual}, declared is {declared}: it was made quieter by hand"
-- why: |
--   Somebody moved the threshold until the alarm was silent. What it was declared to catch now
--   happens without anybody hearing of it.
-- fix: |
--   # Put the declared threshold back:
--   terraform apply -target={address!sh}
-- population: aws_cloudwatch_metric_alarm where address is not null
-- evidence:
--   declared: the threshold in the Terraform state
--   actual: the threshold in AWS
--   comparison: how the metric is compared with it

select distinct on (c.resource)
    c.resource,
    cast(c.declared as double) as declared,
    cast(c.actual as double) as actual,
    a.comparison_operator as comparison,
from comparisons as c
inner join aws_cloudwatch_metric_alarm as a on a.resource = c.resource
where c.attribute = 'threshold' and c.verdict = 'changed'
    and try_cast(c.declared as double) is not null and try_cast(c.actual as double) is not null
    and (
        (a.comparison_operator like 'Greater%' and cast(c.actual as double) > cast(c.declared as double))
        or (a.comparison_operator like 'Less%' and cast(c.actual as double) < cast(c.declared as double))
    )
order by c.resource, c.address
