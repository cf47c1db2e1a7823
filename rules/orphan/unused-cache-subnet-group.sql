-- title: Cache subnet group that no cache uses
-- severity: low
-- role: request
-- since: "0.1"
-- says: "nothing that was searched uses the subnet group {name}"
-- why: |
--   It looks as if something relied on it, so that nobody dares to change it, and the next one who needs one
--   takes it with whatever it holds.
-- fix: |
--   # `not_searched` says where nobody looked: look there and ask the owner. This destroys it:
--   aws elasticache delete-cache-subnet-group --region {region!sh} --cache-subnet-group-name {name!sh}
-- population: aws_elasticache_subnet_group where origin = ''
-- evidence:
--   description: what it says of itself
--   subnet_ids: the subnets it holds on to
--   searched: where a use of it was looked for
--   not_searched: what can use it and is not read

with used as (
    select x.account, x.region, x.subnet_group_name as name from aws_elasticache_cluster as x
)

select
    g.resource, g.description, g.subnet_ids,
    ['caches'] as searched,
    ['caches that a snapshot is to become'] as not_searched,
from aws_elasticache_subnet_group as g
anti join used as u on u.account = g.account and u.region = g.region and lower(u.name) = lower(g.name)
where g.origin = ''
