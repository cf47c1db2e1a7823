-- title: Group that keeps machines which its load balancer gave up
-- severity: medium
-- role: monitoring
-- since: "0.1"
-- says: "the group {name} keeps machines that its load balancer has given up: it looks at EC2's own checks only"
-- why: |
--   A machine that runs and does not answer is taken out of the balancer and never replaced. One after another goes,
--   until too few are left.
-- fix: |
--   # Declared: health_check_type = "ELB", else
--   aws autoscaling update-auto-scaling-group --region {region!sh} --auto-scaling-group-name {name!sh} --health-check-type ELB --health-check-grace-period 300
-- population: (select resource from aws_autoscaling_group where len(target_group_arns) > 0 or len(load_balancers) > 0) as groups
-- evidence:
--   health_check_type: what it looks at
--   behind: the target groups and classic balancers that it fills

select
    g.resource,
    g.health_check_type,
    list_concat(g.target_group_arns, g.load_balancers) as behind,
from aws_autoscaling_group as g
where g.health_check_type = 'EC2' and len(list_concat(g.target_group_arns, g.load_balancers)) > 0
