-- title: Target group that no load balancer uses
-- severity: low
-- role: cost
-- since: "0.1"
-- says: "no load balancer sends anything to the target group {name}"
-- why: |
--   Nothing reaches what is registered in it. Either a listener lost its rule, and a service is down that
--   believes to be up, or the group was left behind.
-- fix: |
--   # See whether a listener should name it. If not, this destroys it:
--   aws elbv2 delete-target-group --region {region!sh} --target-group-arn {resource!sh}
-- population: aws_lb_target_group
-- evidence:
--   targets: how many are registered in it
--   vpc_id: the VPC it is in
--   searched: where a use of it was looked for
--   not_searched: where a use of it may be and nobody looked

select
    g.resource,
    g.targets,
    g.vpc_id,
    ['load balancers', 'services with blue/green deployments'] as searched,
    ['CodeDeploy''s own pairs', 'VPC Lattice', 'scripts that swap groups'] as not_searched,
from aws_lb_target_group as g
-- CodeDeploy keeps the other half of a blue/green pair unattached between deployments
anti join aws_ecs_service as s
    on s.account = g.account
    and s.region = g.region
    and json_extract_string(s.deployment_controller, '$[0].type') = 'CODE_DEPLOY'
where len(g.load_balancer_arns) = 0
