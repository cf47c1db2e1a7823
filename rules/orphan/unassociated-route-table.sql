-- title: Route table of no subnet
-- severity: low
-- role: cost
-- since: "0.1"
-- says: "no subnet and no gateway uses the route table {name}"
-- why: |
--   Its routes lead nobody anywhere. Either a subnet lost it and takes the main table, or it was left behind.
-- fix: |
--   # See which subnet should have it. If none, this destroys it:
--   aws ec2 delete-route-table --region {region!sh} --route-table-id {id!sh}
-- population: aws_route_table where origin = ''
-- evidence:
--   vpc_id: the VPC it is in

select
    t.resource,
    t.vpc_id,
from aws_route_table as t
where len(t.subnets) = 0 and len(t.gateways) = 0 and not t.main and t.origin = ''
