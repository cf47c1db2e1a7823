-- title: Security group that nothing refers to
-- severity: low
-- role: access
-- since: "0.1"
-- says: "nothing refers to the security group {name}"
-- why: |
--   Nobody reviews its rules, because they do nothing. The day somebody attaches it, for its name or by
--   mistake, whatever it lets in gets in.
-- fix: |
--   # `searched` says where a use was looked for; ask whether anything else uses it. This destroys it:
--   aws ec2 delete-security-group --region {region!sh} --group-id {id!sh}
-- population: aws_security_group where origin = ''
-- evidence:
--   description: what it says of itself
--   vpc_id: the VPC it is in
--   searched: where a use of it was looked for

with used as (
    select unnest(n.security_groups) as id from aws_network_interface as n
    union all
    select unnest(i.vpc_security_group_ids) from aws_instance as i
    union all
    select unnest(list_filter(g.referenced_groups, lambda other: other <> g.id)) from aws_security_group as g
    union all
    select unnest(t.referenced_groups) from aws_launch_template as t
    union all
    select unnest(b.security_groups) from aws_lb as b
    union all
    select unnest(d.vpc_security_group_ids) from aws_db_instance as d
    union all
    select unnest(c.vpc_security_group_ids) from aws_rds_cluster as c
    union all
    select unnest(e.security_group_ids) from aws_elasticache_cluster as e
    union all
    select unnest(p.security_group_ids) from aws_vpc_endpoint as p
    union all
    select unnest(json_extract_string(f.vpc_config, '$[*].security_group_ids[*]')) from aws_lambda_function as f
    union all
    select unnest(json_extract_string(s.network_configuration, '$[*].security_groups[*]')) from aws_ecs_service as s
    union all
    select unnest(json_extract_string(t.ecs_target, '$[*].network_configuration[*].security_groups[*]'))
    from aws_cloudwatch_event_target as t
)

select
    g.resource, g.description, g.vpc_id,
    ['network interfaces', 'instances', 'rules of other groups', 'launch templates (latest version)', 'load balancers',
     'databases', 'caches', 'VPC endpoints', 'functions', 'ECS services', 'event targets'] as searched,
from aws_security_group as g
anti join used as u on u.id = g.id
where g.origin = ''
