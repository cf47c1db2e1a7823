-- title: Internet gateway of no VPC
-- severity: low
-- role: cost
-- since: "0.1"
-- says: "the internet gateway {name} is attached to no VPC"
-- why: |
--   It costs nothing and counts against the quota. It was usually left when its VPC went, or a VPC lost its
--   way out and nobody has noticed.
-- fix: |
--   # Ask the owner. If no VPC should have it, this destroys it:
--   aws ec2 delete-internet-gateway --region {region!sh} --internet-gateway-id {id!sh}
-- population: aws_internet_gateway
-- evidence:
--   tags: what it is called

select
    g.resource,
    g.tags,
from aws_internet_gateway as g
where coalesce(g.vpc_id, '') = '' and g.origin = ''
