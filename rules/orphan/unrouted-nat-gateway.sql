-- title: NAT gateway that no route leads to
-- severity: medium
-- role: cost
-- since: "0.1"
-- says: "no route leads to the NAT gateway {name}"
-- why: |
--   It is paid for by the hour and carries nothing. Whoever sees it believes that the private subnets reach
--   the internet through it.
-- fix: |
--   # See first whether a route was lost and subnets are cut off. If not, this destroys it:
--   aws ec2 delete-nat-gateway --region {region!sh} --nat-gateway-id {id!sh}
--   # Then release its address, which is paid for by itself.
-- population: aws_nat_gateway where state = 'available'
-- evidence:
--   subnet_id: the subnet it is in
--   public_ips: its addresses
--   monthly_cost: what it costs a month in USD, use not counted; empty where that is not known
--   searched: where a use of it was looked for
--   not_searched: where a use of it may be and nobody looked

select
    g.resource,
    g.subnet_id,
    g.public_ips,
    g.monthly_cost,
    ['route tables'] as searched,
    ['route tables shared by other accounts'] as not_searched,
from aws_nat_gateway as g
anti join (select t.account, t.region, unnest(t.nat_gateways) as id from aws_route_table as t) as r
    on r.account = g.account and r.region = g.region and r.id = g.id
where g.state = 'available'
