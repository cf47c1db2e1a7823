-- title: Cache parameter group that no cache uses
-- severity: low
-- role: request
-- since: "0.1"
-- says: "nothing that was searched uses the parameter group {name}"
-- why: |
--   It looks as if something relied on it, so that nobody dares to change it, and the next one who needs one
--   takes it with whatever it holds.
-- fix: |
--   # `not_searched` says where nobody looked: look there and ask the owner. This destroys it:
--   aws elasticache delete-cache-parameter-group --region {region!sh} --cache-parameter-group-name {name!sh}
-- population: aws_elasticache_parameter_group where origin = ''
-- evidence:
--   description: what it says of itself
--   family: the engine it is for
--   searched: where a use of it was looked for
--   not_searched: what can use it and is not read

with used as (
    select x.account, x.region, x.parameter_group_name as name from aws_elasticache_cluster as x
)

select
    g.resource, g.description, g.family,
    ['caches'] as searched,
    ['global datastores of other regions'] as not_searched,
from aws_elasticache_parameter_group as g
anti join used as u on u.account = g.account and u.region = g.region and lower(u.name) = lower(g.name)
where g.origin = ''
