-- title: Load balancer that nobody watches
-- severity: medium
-- role: monitoring
-- since: "0.1"
-- says: "nobody hears when the load balancer {name} answers with errors: {reason}"
-- why: |
--   It is the first to know that what is behind it fails, because it answers for it. AWS recommends no
--   alarm for load balancers, so nobody is reminded of one.
-- fix: |
--   # Declare an alarm that tells the owner's topic. As a command, to begin with:
--   aws cloudwatch put-metric-alarm --region {region!sh} --alarm-name {name!sh}-5xx --namespace AWS/ApplicationELB --metric-name HTTPCode_ELB_5XX_Count --dimensions Name=LoadBalancer,Value={arn_suffix!sh} --statistic Sum --period 60 --evaluation-periods 5 --threshold 10 --comparison-operator GreaterThanThreshold --treat-missing-data notBreaching --alarm-actions TOPIC_ARN
-- population: aws_lb
-- evidence:
--   reason: no alarm at all, or only alarms that tell nobody
--   silent_alarms: the alarms that watch it and tell nobody
--   arn_suffix: what CloudWatch calls it

with covers as (
    select c.alarm, c.resource, c.speaks from alarm_covers as c
    union all
    -- an alarm on a target group watches the balancers before it
    select c.alarm, unnest(g.load_balancer_arns), c.speaks
    from aws_lb_target_group as g
    join alarm_covers as c on c.resource = g.resource
)

select
    b.resource,
    if(count(c.alarm) = 0, 'no alarm watches it', 'its alarms tell nobody') as reason,
    coalesce(list(c.alarm order by c.alarm) filter (c.alarm is not null), []) as silent_alarms,
    b.arn_suffix,
from aws_lb as b
left join covers as c on c.resource = b.resource
group by b.resource, b.arn_suffix
having not coalesce(bool_or(c.speaks), false)
