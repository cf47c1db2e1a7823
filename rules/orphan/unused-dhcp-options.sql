-- title: DHCP options of no VPC
-- severity: low
-- role: cost
-- since: "0.1"
-- says: "no VPC uses the DHCP options {name}"
-- why: |
--   It costs nothing. It keeps name servers ready that nobody looks after any more, for whoever picks it.
-- fix: |
--   # Ask the owner. If no VPC should have it, this destroys it:
--   aws ec2 delete-dhcp-options --region {region!sh} --dhcp-options-id {id!sh}
-- population: aws_vpc_dhcp_options where origin = ''
-- evidence:
--   domain_name_servers: the name servers it gives
--   searched: where a use of it was looked for
--   not_searched: where a use of it may be and nobody looked

select
    o.resource,
    o.domain_name_servers,
    ['VPCs'] as searched,
    ['VPCs that are to be made with it'] as not_searched,
from aws_vpc_dhcp_options as o
anti join aws_vpc as v on v.account = o.account and v.region = o.region and v.dhcp_options_id = o.id
where o.origin = ''
