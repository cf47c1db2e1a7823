-- title: Launch configuration that no group uses
-- severity: low
-- role: request
-- since: "0.1"
-- says: "nothing that was searched uses the launch configuration {name}"
-- why: |
--   It keeps an old image, old groups and an old script ready for whoever makes a group of it.
-- fix: |
--   # `not_searched` says where nobody looked: look there and ask the owner. This destroys it:
--   aws autoscaling delete-launch-configuration --region {region!sh} --launch-configuration-name {name!sh}
-- population: aws_launch_configuration where origin = ''
-- evidence:
--   image_id: the image it starts
--   instance_type: the type of instance
--   searched: where a use of it was looked for
--   not_searched: what can use it and is not read

with used as (
    select x.account, x.region, x.launch_configuration as name from aws_autoscaling_group as x
)

select
    g.resource, g.image_id, g.instance_type,
    ['Auto Scaling groups'] as searched,
    ['scripts'] as not_searched,
from aws_launch_configuration as g
anti join used as u on u.account = g.account and u.region = g.region and lower(u.name) = lower(g.name)
where g.origin = ''
