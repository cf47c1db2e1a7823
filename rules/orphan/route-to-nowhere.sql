-- title: Route whose target is gone
-- severity: medium
-- role: request
-- since: "0.1"
-- says: "a route of {table_id} to {destination} leads to something that is gone"
-- why: |
--   Whatever is sent there is dropped without an error. It looks like a firewall or a fault of the other side.
-- fix: |
--   # Name in its configuration what took the place of the target, or take the route out; then
--   terraform plan
-- population: aws_route where state is not null
-- evidence:
--   table_id: the route table
--   destination: where it would lead

select
    r.resource,
    r.route_table_id as table_id,
    coalesce(r.destination_cidr_block, r.destination_ipv6_cidr_block, r.destination_prefix_list_id) as destination,
from aws_route as r
where r.state = 'blackhole'
