-- title: Placement group that nothing is placed in
-- severity: low
-- role: request
-- since: "0.1"
-- says: "nothing that was searched uses the placement group {name}"
-- why: |
--   It looks as if something relied on it, so that nobody dares to change it, and the next one who needs one
--   takes it with whatever it holds.
-- fix: |
--   # `not_searched` says where nobody looked: look there and ask the owner. This destroys it:
--   aws ec2 delete-placement-group --region {region!sh} --group-name {name!sh}
-- population: aws_placement_group where origin = ''
-- evidence:
--   strategy: cluster, spread or partition
--   searched: where a use of it was looked for
--   not_searched: what can use it and is not read

with used as (
    select x.account, x.region, x.placement_group as name from aws_instance as x
    union all select x.account, x.region, x.placement_group from aws_autoscaling_group as x
)

select
    g.resource, g.strategy,
    ['instances', 'Auto Scaling groups'] as searched,
    ['launch templates', 'capacity reservations', 'accounts it is shared with'] as not_searched,
from aws_placement_group as g
anti join used as u on u.account = g.account and u.region = g.region and lower(u.name) = lower(g.name)
where g.origin = ''
