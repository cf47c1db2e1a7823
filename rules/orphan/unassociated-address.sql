-- title: Elastic IP address that nothing uses
-- severity: low
-- role: cost
-- since: "0.1"
-- says: "the address {public_ip} ({id}) is associated with nothing"
-- why: |
--   It is paid for by the hour. Firewalls of partners and DNS records may still name it, and whoever
--   gets it next is trusted by them.
-- fix: |
--   # See first whether a record or a partner's firewall names the address; a released one does not come back.
--   aws ec2 release-address --region {region!sh} --allocation-id {id!sh}
-- population: aws_eip where origin = ''
-- evidence:
--   public_ip: the address
--   monthly_cost: what it costs a month in USD, use not counted; empty where that is not known

select
    a.resource,
    a.public_ip,
    a.monthly_cost,
from aws_eip as a
where a.origin = ''
    and a.association_id is null
    and a.instance_id is null
    and a.network_interface_id is null
