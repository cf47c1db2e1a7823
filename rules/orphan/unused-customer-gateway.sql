-- title: Customer gateway of no VPN connection
-- severity: low
-- role: access
-- since: "0.1"
-- says: "no VPN connection uses the customer gateway {name}"
-- why: |
--   It names an address on our side that may be somebody else's by now, ready for whoever sets up a tunnel.
-- fix: |
--   # `not_searched` says where nobody looked: look there and ask the owner. This destroys it:
--   aws ec2 delete-customer-gateway --region {region!sh} --customer-gateway-id {id!sh}
-- population: aws_customer_gateway
-- evidence:
--   ip_address: the address it stands for
--   searched: where a use of it was looked for
--   not_searched: what can use it and is not read

select
    g.resource, g.ip_address,
    ['VPN connections'] as searched,
    ['Transit Gateway networks that are managed in Network Manager'] as not_searched,
from aws_customer_gateway as g
anti join aws_vpn_connection as c on c.account = g.account and c.region = g.region and c.customer_gateway_id = g.id
