-- title: Network ACL of no subnet
-- severity: low
-- role: access
-- since: "0.1"
-- says: "no subnet uses the network ACL {name}"
-- why: |
--   Its rules protect nothing. Either a subnet lost it and lives by the default one, which lets everything in,
--   or it was left behind.
-- fix: |
--   # See which subnet should have it. If none, this destroys it:
--   aws ec2 delete-network-acl --region {region!sh} --network-acl-id {id!sh}
-- population: aws_network_acl where origin = ''
-- evidence:
--   vpc_id: the VPC it is in

select
    a.resource,
    a.vpc_id,
from aws_network_acl as a
where len(a.subnet_ids) = 0 and not a.is_default and a.origin = ''
