-- title: ECS service that runs nothing
-- severity: low
-- role: request
-- since: "0.1"
-- status: preview
-- says: "the ECS service {name} wants no task and runs none"
-- why: |
--   It looks like a service and answers nobody. Its balancer, roles and alarms are kept for it.
-- fix: |
--   # Scaling that is set to wake it is not searched: ask the owner. If it is not to come back, this destroys it:
--   aws ecs delete-service --region {region!sh} --cluster {cluster!sh} --service {name!sh}
-- population: aws_ecs_service where scheduling_strategy = 'REPLICA'
-- evidence:
--   cluster: the cluster it is in
--   created_at: when it was made
--   searched: what was looked at

select
    s.resource,
    s.cluster,
    s.created_at,
    ['desired tasks', 'running tasks', 'pending tasks'] as searched,
from aws_ecs_service as s
where s.desired_count = 0 and s.running_count = 0 and s.pending_count = 0
    and s.scheduling_strategy = 'REPLICA' and s.status = 'ACTIVE'
