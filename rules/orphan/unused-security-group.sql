-- title: Security group that nothing refers to
-- severity: low
-- role: access
-- since: "0.1"
-- says: "nothing that was searched refers to the security group {name}"
-- why: |
--   Nobody reviews its rules, because they do nothing. The day somebody attaches it, for its name or by
--   mistake, whatever it lets in gets in.
-- fix: |
--   # `searched` says where a use was looked for, `not_searched` where not: look there first. This destroys it:
--   aws ec2 delete-security-group --region {region!sh} --group-id {id!sh}
-- population: aws_security_group where origin = ''
-- evidence:
--   description: what it says of itself
--   vpc_id: the VPC it is in
--   searched: where a use of it was looked for
--   not_searched: what can use a group and is not collected

with used as (
    select unnest(list_filter(x.referenced_groups, lambda other: other <> x.id)) as id from aws_security_group as x
    union all select unnest(x.security_groups) from aws_network_interface as x
    union all select unnest(x.vpc_security_group_ids) from aws_instance as x
    union all select unnest(x.referenced_groups) from aws_launch_template as x
    union all select unnest(x.security_groups) from aws_launch_configuration as x
    union all select unnest(x.security_groups) from aws_lb as x
    union all select unnest(x.security_groups) from aws_elb as x
    union all select unnest(x.vpc_security_group_ids) from aws_db_instance as x
    union all select unnest(x.vpc_security_group_ids) from aws_rds_cluster as x
    union all select unnest(x.vpc_security_group_ids) from aws_db_proxy as x
    union all select unnest(x.security_group_ids) from aws_elasticache_cluster as x
    union all select unnest(x.security_group_ids) from aws_memorydb_cluster as x
    union all select unnest(x.vpc_security_group_ids) from aws_redshift_cluster as x
    union all select unnest(x.security_groups) from aws_efs_mount_target as x
    union all select unnest(x.security_group_ids) from aws_vpc_endpoint as x
    union all select unnest(x.security_group_ids) from aws_route53_resolver_endpoint as x
    union all select unnest(x.security_group_ids) from aws_apigatewayv2_vpc_link as x
    union all select unnest(x.vpc_config ->> '$[*].security_group_ids[*]') from aws_lambda_function as x
    union all select unnest(x.network_configuration ->> '$[*].security_groups[*]') from aws_ecs_service as x
    union all select unnest(x.vpc_config ->> '$[*].security_group_ids[*]') from aws_eks_cluster as x
    union all select unnest(x.remote_access ->> '$[*].source_security_group_ids[*]') from aws_eks_node_group as x
    union all select unnest(x.broker_node_group_info ->> '$[*].security_groups[*]') from aws_msk_cluster as x
    union all select unnest(x.vpc_config ->> '$[*].security_group_ids[*]') from aws_codebuild_project as x
    union all select unnest(x.compute_resources ->> '$[*].security_group_ids[*]') from aws_batch_compute_environment as x
    union all select unnest(x.ecs_target ->> '$[*].network_configuration[*].security_groups[*]')
    from aws_cloudwatch_event_target as x
)

select
    g.resource, g.description, g.vpc_id,
    ['network interfaces', 'instances', 'rules of other groups', 'launch templates (every version)', 'launch configurations',
     'load balancers', 'databases', 'proxies', 'caches', 'Redshift', 'mount targets', 'endpoints', 'VPC links', 'functions',
     'ECS services', 'EKS', 'MSK', 'CodeBuild', 'Batch', 'event targets'] as searched,
    ['rules in peered VPCs of others', 'OpenSearch', 'Glue',
     'SageMaker', 'FSx', 'DAX', 'EventBridge Scheduler'] as not_searched,
from aws_security_group as g
anti join used as u on u.id = g.id
where g.origin = ''
