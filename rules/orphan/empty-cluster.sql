-- title: ECS cluster with nothing in it
-- severity: low
-- role: cost
-- since: "0.1"
-- says: "the ECS cluster {name} has no service, no task and no instance"
-- why: |
--   It costs nothing, but its name, roles and log settings suggest that something runs here. Whoever looks
--   for the service that moved away looks here first.
-- fix: |
--   # Ask the owner whether tasks are still started in it by hand. If not, this destroys it:
--   aws ecs delete-cluster --region {region!sh} --cluster {resource!sh}
-- population: aws_ecs_cluster
-- evidence:
--   capacity_providers: where its tasks would run
--   searched: where a use of it was looked for
--   not_searched: where a use of it may be and nobody looked

select
    c.resource,
    c.capacity_providers,
    ['services', 'running tasks', 'instances', 'event targets'] as searched,
    ['EventBridge Scheduler', 'Step Functions', 'Batch', 'tasks that code starts'] as not_searched,
from aws_ecs_cluster as c
anti join aws_ecs_service as s on s.parent = c.resource
-- a scheduled task runs in some cluster for some minutes a day
anti join aws_cloudwatch_event_target as t
    on t.account = c.account and t.region = c.region and json_array_length(t.ecs_target) > 0
where c.origin = ''  -- Batch makes one for each compute environment
  and c.active_services = 0 and c.running_tasks = 0 and c.container_instances = 0
