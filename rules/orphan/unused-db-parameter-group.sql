-- title: Database parameter group that no database uses
-- severity: low
-- role: request
-- since: "0.1"
-- says: "nothing that was searched uses the parameter group {name}"
-- why: |
--   It looks as if something relied on it, so that nobody dares to change it, and the next one who needs one
--   takes it with whatever it holds.
-- fix: |
--   # `not_searched` says where nobody looked: look there and ask the owner. This destroys it:
--   aws rds delete-db-parameter-group --region {region!sh} --db-parameter-group-name {name!sh}
-- population: aws_db_parameter_group where origin = ''
-- evidence:
--   description: what it says of itself
--   family: the engine it is for
--   searched: where a use of it was looked for
--   not_searched: what can use it and is not read

with used as (
    select x.account, x.region, x.parameter_group_name as name from aws_db_instance as x
    union all select x.account, x.region, x.db_parameter_group_name from aws_rds_cluster_instance as x
)

select
    g.resource, g.description, g.family,
    ['databases'] as searched,
    ['databases that a snapshot is to become'] as not_searched,
from aws_db_parameter_group as g
anti join used as u on u.account = g.account and u.region = g.region and lower(u.name) = lower(g.name)
where g.origin = ''
