-- title: Image that nothing starts from
-- severity: low
-- params:
--   days: {default: 90, help: after how many days without a launch}
-- role: cost
-- since: "0.1"
-- says: "nothing that was searched starts from the image {name}"
-- why: |
--   Its snapshots are paid for, and it keeps whatever was on the disk when it was made: old software, and
--   sometimes secrets.
-- fix: |
--   # Other accounts, parameters and scripts may name it: ask the owner. This takes it away and leaves its snapshots;
--   aws ec2 deregister-image --region {region!sh} --image-id {id!sh}
--   # they come next, one by one, as orphan/snapshot-of-gone-image finds them.
--   aws ec2 describe-snapshots --region {region!sh} --owner-ids {account!sh} --filters Name=description,Values=*{id!sh}*
-- population: aws_ami where origin = ''
-- evidence:
--   created_at: when it was made
--   last_launched_time: when AWS last saw an instance start from it; empty where it never did, or does not know
--   snapshots: the snapshots it is made of
--   searched: where a use of it was looked for
--   not_searched: what can use it and is not read

with used as (
    select i.account, i.region, i.ami as id from aws_instance as i
    union all select t.account, t.region, unnest(t.referenced_images) from aws_launch_template as t
    union all select c.account, c.region, c.image_id from aws_launch_configuration as c
)

select
    a.resource, a.created_at, a.last_launched_time, a.snapshots,
    ['instances', 'launch templates (every version)', 'launch configurations', 'last launch'] as searched,
    ['accounts it is shared with', 'SSM parameters', 'EC2 Fleet', 'Batch', 'scripts']
        as not_searched,
from aws_ami as a
anti join used as u on u.account = a.account and u.region = a.region and u.id = a.id
where a.origin = '' and a.state = 'available' and a.public is not true
    and greatest(a.created_at, coalesce(a.last_launched_time, a.created_at)) < a.seen_at - to_days($days)
