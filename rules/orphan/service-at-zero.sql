-- title: ECS service that runs nothing
-- severity: low
-- role: request
-- since: "0.1"
-- says: "the ECS service {name} wants no task and runs none"
-- why: |
--   It looks like a service and answers nobody. Its balancer, roles and alarms are kept for it.
-- fix: |
--   # Ask the owner: a schedule or a script may wake it. If it is not to come back, this destroys it:
--   aws ecs delete-service --region {region!sh} --cluster {cluster!sh} --service {name!sh}
-- population: aws_ecs_service where scheduling_strategy = 'REPLICA'
-- evidence:
--   cluster: the cluster it is in
--   created_at: when it was made
--   searched: what was looked at
--   not_searched: what may wake it and is not read

select
    s.resource,
    s.cluster,
    s.created_at,
    ['desired tasks', 'running tasks', 'pending tasks', 'scaling'] as searched,
    ['schedules and scripts that set the number', 'CodeDeploy'] as not_searched,
from aws_ecs_service as s
-- scaling may bring it back by itself
anti join aws_appautoscaling_target as t
    on t.account = s.account and t.region = s.region and t.service_namespace = 'ecs' and t.max_capacity > 0
    and ends_with(t.resource_id, '/' || split_part(s.cluster, '/', -1) || '/' || s.name)
where s.desired_count = 0 and s.running_count = 0 and s.pending_count = 0
    and s.scheduling_strategy = 'REPLICA' and s.status = 'ACTIVE'
