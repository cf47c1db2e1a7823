-- title: ECS service that nobody watches
-- severity: medium
-- role: monitoring
-- since: "0.1"
-- says: "nobody hears when the ECS service {name} fails: {reason}"
-- why: |
--   ECS starts a failing task again and again, for ever. That looks alive, and nobody is told.
-- fix: |
--   # Declare an alarm that tells the owner's topic. As a command, to begin with:
--   aws cloudwatch put-metric-alarm --region {region!sh} --alarm-name {name!sh}-cpu --namespace AWS/ECS --metric-name CPUUtilization --dimensions Name=ClusterName,Value={cluster!sh} Name=ServiceName,Value={name!sh} --statistic Average --period 300 --evaluation-periods 3 --threshold 80 --comparison-operator GreaterThanThreshold --treat-missing-data breaching --alarm-actions TOPIC_ARN
-- references: [Amazon CloudWatch, recommended alarms]
-- population: aws_ecs_service
-- evidence:
--   cluster: the cluster it is in
--   reason: no alarm at all, or only alarms that tell nobody
--   silent_alarms: the alarms that watch it and tell nobody

with covers as (
    select c.alarm, c.resource, c.speaks from alarm_covers as c
    union all
    -- an alarm on the target group that the service fills watches the service
    select c.alarm, f.resource, c.speaks
    from (select s.resource, unnest(s.target_group_arns) as target_group from aws_ecs_service as s) as f
    join alarm_covers as c on c.resource = f.target_group
)

select
    s.resource,
    s.cluster,
    if(count(c.alarm) = 0, 'no alarm watches it', 'its alarms tell nobody') as reason,
    coalesce(list(c.alarm order by c.alarm) filter (c.alarm is not null), []) as silent_alarms,
from aws_ecs_service as s
left join covers as c on c.resource = s.resource
group by s.resource, s.cluster
having not coalesce(bool_or(c.speaks), false)
