-- title: Subnet in which nothing is
-- severity: low
-- status: preview
-- role: request
-- since: "0.1"
-- says: "no address of the subnet {name} is taken, and nothing names it"
-- why: |
--   Its range is taken from the network, and a subnet that only looks used keeps routes and rules from being
--   tidied up.
-- fix: |
--   # `not_searched` says where nobody looked: look there and ask the owner. This destroys it:
--   aws ec2 delete-subnet --region {region!sh} --subnet-id {id!sh}
-- population: aws_subnet where origin = ''
-- evidence:
--   cidr_block: its range
--   vpc_id: the VPC it is in
--   searched: where a use of it was looked for
--   not_searched: what can use it and is not read

with used as (
    select unnest(g.vpc_zone_identifier) as id from aws_autoscaling_group as g
    union all select unnest(x.subnet_ids) from aws_db_subnet_group as x
    union all select unnest(x.subnet_ids) from aws_elasticache_subnet_group as x
    union all select unnest(x.subnet_ids) from aws_memorydb_subnet_group as x
    union all select unnest(x.subnet_ids) from aws_redshift_subnet_group as x
    union all select unnest(x.subnet_ids) from aws_dms_replication_subnet_group as x
    union all select unnest(x.subnets) from aws_lb as x
    union all select unnest(x.subnets) from aws_elb as x
    union all select unnest(x.vpc_subnet_ids) from aws_db_proxy as x
    union all select unnest(x.subnet_ids) from aws_eks_node_group as x
    union all select unnest(x.subnet_ids) from aws_eks_fargate_profile as x
    union all select unnest(x.subnet_ids) from aws_vpc_endpoint as x
    union all select unnest(x.subnet_ids) from aws_mq_broker as x
    union all select x.subnet_id from aws_network_interface as x
    union all select unnest(x.vpc_config ->> '$[*].subnet_ids[*]') from aws_eks_cluster as x
    union all select unnest(x.vpc_config ->> '$[*].subnet_ids[*]') from aws_lambda_function as x
    union all select unnest(x.vpc_config ->> '$[*].subnets[*]') from aws_codebuild_project as x
    union all select unnest(x.compute_resources ->> '$[*].subnets[*]') from aws_batch_compute_environment as x
    union all select unnest(x.network_configuration ->> '$[*].subnets[*]') from aws_ecs_service as x
    union all select unnest(x.ecs_target ->> '$[*].network_configuration[*].subnets[*]')
    from aws_cloudwatch_event_target as x
)

select
    s.resource, s.cidr_block, s.vpc_id,
    ['addresses in use', 'network interfaces', 'Auto Scaling groups', 'subnet groups', 'load balancers', 'functions', 'ECS',
     'EKS', 'Batch', 'CodeBuild', 'endpoints', 'event targets'] as searched,
    ['accounts it is shared with', 'launch templates', 'Glue', 'SageMaker', 'EventBridge Scheduler'] as not_searched,
from aws_subnet as s
-- those of a VPC in which nothing is are told with it
semi join aws_subnet as o on o.vpc_id = s.vpc_id
    and o.available_ip_address_count + 5 < 2 ** (32 - try_cast(split_part(o.cidr_block, '/', 2) as int))
anti join used as u on u.id = s.id
where s.origin = '' and s.default_for_az is not true
    and s.available_ip_address_count + 5 >= 2 ** (32 - try_cast(split_part(s.cidr_block, '/', 2) as int))
