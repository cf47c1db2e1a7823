-- title: VPN gateway of no VPC
-- severity: low
-- role: access
-- since: "0.1"
-- says: "the VPN gateway {name} is attached to no VPC"
-- why: |
--   Tunnels that end in it lead nowhere, and it can be attached to any VPC with whatever routes it brings.
-- fix: |
--   # `not_searched` says where nobody looked: look there and ask the owner. Its VPN connections go first, then this destroys it:
--   aws ec2 delete-vpn-gateway --region {region!sh} --vpn-gateway-id {id!sh}
-- population: aws_vpn_gateway
-- evidence:
--   connections: VPN connections that end in it
--   searched: where a use of it was looked for
--   not_searched: what can use it and is not read

select
    g.resource, count(c.id) as connections,
    ['VPCs'] as searched,
    ['Direct Connect gateways'] as not_searched,
from aws_vpn_gateway as g
left join aws_vpn_connection as c on c.account = g.account and c.region = g.region and c.vpn_gateway_id = g.id
where g.vpc_id is null and g.state = 'available'
group by all
