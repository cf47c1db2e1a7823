-- title: VPC with nothing in it
-- severity: low
-- role: cost
-- since: "0.1"
-- says: "nothing has an address in the VPC {name}, and nothing is attached to it"
-- why: |
--   Its ranges are taken, its routes and groups look as if somebody relied on them, and whoever finds it may
--   build in a network that nobody watches.
-- fix: |
--   # `not_searched` says where nobody looked: look there and ask the owner. Its subnets, gateways and groups go first;
--   aws ec2 describe-subnets --region {region!sh} --filters Name=vpc-id,Values={id!sh}
--   # then this destroys it:
--   aws ec2 delete-vpc --region {region!sh} --vpc-id {id!sh}
-- population: aws_vpc where origin = ''
-- evidence:
--   cidr_block: its range
--   subnets: how many subnets it has, all of them empty
--   searched: where a use of it was looked for
--   not_searched: what can use it and is not read

with named as (
    -- what is scaled to nothing starts in these again
    select unnest(g.vpc_zone_identifier) as id from aws_autoscaling_group as g
    union all select unnest(f.vpc_config ->> '$[*].subnet_ids[*]') from aws_lambda_function as f
    union all select unnest(e.network_configuration ->> '$[*].subnets[*]') from aws_ecs_service as e
    union all select unnest(b.compute_resources ->> '$[*].subnets[*]') from aws_batch_compute_environment as b
    union all select unnest(c.vpc_config ->> '$[*].subnets[*]') from aws_codebuild_project as c
), used as (
    select n.vpc_id as id from aws_network_interface as n
    union all select l.vpc_id from aws_lb as l
    union all select e.vpc_id from aws_elb as e
    union all select k.vpc_id from aws_eks_cluster as k
    union all select d.vpc_id from aws_db_subnet_group as d
    union all select r.vpc_id from aws_redshift_cluster as r
    union all select w.vpc_id from aws_networkfirewall_firewall as w
    union all select v.vpc_id from aws_vpn_gateway as v
    union all select t.vpc_id from aws_ec2_transit_gateway_vpc_attachment as t
    union all select unnest([p.requester_vpc_id, p.accepter_vpc_id]) from aws_vpc_peering_connection as p
    where p.status = 'active'
    -- AWS keeps five addresses of every subnet for itself
    union all select s.vpc_id from aws_subnet as s left join named as n on n.id = s.id
    where n.id is not null or s.available_ip_address_count + 5 < 2 ** (32 - try_cast(split_part(s.cidr_block, '/', 2) as int))
        or s.available_ip_address_count is null or s.cidr_block is null
)

select
    v.resource, v.cidr_block, count(s.id) as subnets,
    ['addresses in use', 'network interfaces', 'load balancers', 'Auto Scaling groups', 'functions', 'ECS', 'EKS', 'Batch',
     'CodeBuild', 'database subnet groups', 'Redshift', 'firewalls', 'VPN and transit gateways', 'peerings'] as searched,
    ['subnets shared with other accounts', 'Direct Connect'] as not_searched,
from aws_vpc as v
left join aws_subnet as s on s.vpc_id = v.id and s.region = v.region
anti join used as u on u.id = v.id
where v.origin = '' and not v.is_default
group by all
