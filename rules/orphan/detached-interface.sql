-- title: Network interface that is attached to nothing
-- severity: low
-- role: cost
-- since: "0.1"
-- says: "the network interface {name} is attached to nothing"
-- why: |
--   It costs nothing, but it holds an address of its subnet and keeps its security groups and subnet from
--   being removed, usually long after what it was made for is gone.
-- fix: |
--   # Ask the owner; this destroys the interface and frees its address:
--   aws ec2 delete-network-interface --region {region!sh} --network-interface-id {id!sh}
-- population: aws_network_interface where origin <> 'service'
-- evidence:
--   description: what it says of itself
--   private_ip: the address it holds
--   security_groups: the groups it keeps in use
--   subnet_id: the subnet it is in
--   searched: where a use of it was looked for
--   not_searched: where a use of it may be and nobody looked

with named as (
    select e.account, e.region, unnest(e.network_interfaces) as id from aws_vpc_endpoint as e
    union all
    select m.account, m.region, m.network_interface_id from aws_efs_mount_target as m
)

select
    n.resource,
    n.description,
    n.private_ip,
    n.security_groups,
    n.subnet_id,
    ['attachments', 'endpoints', 'mount targets'] as searched,
    ['scripts that attach it when an instance fails'] as not_searched,
from aws_network_interface as n
anti join named as o on o.account = n.account and o.region = n.region and o.id = n.id
where n.status = 'available' and n.origin <> 'service' and n.requester_managed is not true
