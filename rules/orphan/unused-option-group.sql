-- title: Option group that no database uses
-- severity: low
-- role: request
-- since: "0.1"
-- says: "nothing that was searched uses the option group {name}"
-- why: |
--   It looks as if something relied on it, so that nobody dares to change it, and the next one who needs one
--   takes it with whatever it holds.
-- fix: |
--   # `not_searched` says where nobody looked: look there and ask the owner. This destroys it:
--   aws rds delete-option-group --region {region!sh} --option-group-name {name!sh}
-- population: aws_db_option_group where origin = ''
-- evidence:
--   option_group_description: what it says of itself
--   engine_name: the engine it is for
--   searched: where a use of it was looked for
--   not_searched: what can use it and is not read

with used as (
    select x.account, x.region, x.option_group_name as name from aws_db_instance as x
    union all select x.account, x.region, x.option_group_name from aws_db_snapshot as x
)

select
    g.resource, g.option_group_description, g.engine_name,
    ['databases', 'manual snapshots'] as searched,
    ['automated snapshots of databases that are gone', 'snapshots shared with other accounts'] as not_searched,
from aws_db_option_group as g
anti join used as u on u.account = g.account and u.region = g.region and lower(u.name) = lower(g.name)
where g.origin = ''
