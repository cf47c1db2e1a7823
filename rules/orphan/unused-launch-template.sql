-- title: Launch template that nothing uses
-- severity: low
-- role: cost
-- since: "0.1"
-- status: preview
-- says: "no Auto Scaling group uses the launch template {name}, and no instance was started from it"
-- why: |
--   It keeps an old image, old groups and an old script ready for whoever starts something from it.
-- fix: |
--   # EKS, Batch, EC2 Fleet and scripts are not searched: ask the owner. If nothing needs it, this destroys it:
--   aws ec2 delete-launch-template --region {region!sh} --launch-template-id {id!sh}
-- population: aws_launch_template where origin = ''
-- varies: [latest_version]
-- evidence:
--   latest_version: how many versions it has had
--   image_id: the image it starts
--   created_at: when it was made
--   searched: where a use of it was looked for
--   not_searched: where a use of it may be and nobody looked

select
    t.resource,
    t.latest_version,
    t.image_id,
    t.created_at,
    ['Auto Scaling groups', 'instances'] as searched,
    ['EKS', 'Batch', 'EC2 Fleet', 'scripts'] as not_searched,
from aws_launch_template as t
anti join (select g.account, g.region, unnest(g.launch_template_ids) as id from aws_autoscaling_group as g) as u
    on u.account = t.account and u.region = t.region and u.id = t.id
anti join aws_instance as i
    on i.account = t.account and i.region = t.region and i.tags['aws:ec2launchtemplate:id'] = t.id
where t.origin = ''
