-- title: Redshift subnet group that no cluster uses
-- severity: low
-- role: request
-- since: "0.1"
-- says: "nothing that was searched uses the subnet group {name}"
-- why: |
--   It looks as if something relied on it, so that nobody dares to change it, and the next one who needs one
--   takes it with whatever it holds.
-- fix: |
--   # `not_searched` says where nobody looked: look there and ask the owner. This destroys it:
--   aws redshift delete-cluster-subnet-group --region {region!sh} --cluster-subnet-group-name {name!sh}
-- population: aws_redshift_subnet_group where origin = ''
-- evidence:
--   description: what it says of itself
--   subnet_ids: the subnets it holds on to
--   searched: where a use of it was looked for
--   not_searched: what can use it and is not read

with used as (
    select x.account, x.region, x.cluster_subnet_group_name as name from aws_redshift_cluster as x
)

select
    g.resource, g.description, g.subnet_ids,
    ['Redshift clusters'] as searched,
    ['clusters that a snapshot is to become'] as not_searched,
from aws_redshift_subnet_group as g
anti join used as u on u.account = g.account and u.region = g.region and lower(u.name) = lower(g.name)
where g.origin = ''
