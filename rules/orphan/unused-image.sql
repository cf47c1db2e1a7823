-- title: Image that nothing starts from
-- severity: low
-- undecided: undecided
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
--   # they come next, one by one, as orphan/snapshot-of-gone-volume finds them.
--   aws ec2 describe-snapshots --region {region!sh} --owner-ids {account!sh} --filters Name=description,Values=*{id!sh}*
-- population: aws_ami where origin = ''
-- evidence:
--   created_at: when it was made
--   last_launched_time: when AWS last saw an instance start from it; empty where it never did, or does not know
--   snapshots: the snapshots it is made of
--   undecided: why something may start from it after all; empty where it cannot
--   searched: where a use of it was looked for
--   not_searched: what can use it and is not read

with used as (
    select i.account, i.region, i.ami as id from aws_instance as i
    union all select t.account, t.region, t.image_id from aws_launch_template as t
    union all select c.account, c.region, c.image_id from aws_launch_configuration as c
), pinned as (
    -- the image of another version than the latest is not read
    select g.account, g.region, min(g.name) as name
    from aws_autoscaling_group as g
    join aws_launch_template as t
        on t.account = g.account and t.region = g.region and list_contains(g.launch_template_ids, t.id)
    where len(list_filter(g.launch_template_versions, lambda v: v <> '$Latest'
        and if(v = '$Default', t.default_version::varchar, v) <> t.latest_version::varchar)) > 0
    group by all
)

select
    a.resource, a.created_at, a.last_launched_time, a.snapshots,
    'the group ' || p.name || ' uses another version than the latest of a launch template' as undecided,
    ['instances', 'launch templates (latest version)', 'launch configurations', 'last launch'] as searched,
    ['accounts it is shared with', 'other versions of launch templates', 'SSM parameters', 'EC2 Fleet', 'Batch', 'scripts']
        as not_searched,
from aws_ami as a
anti join used as u on u.account = a.account and u.region = a.region and u.id = a.id
left join pinned as p on p.account = a.account and p.region = a.region
where a.origin = '' and a.state = 'available' and a.public is not true
    and greatest(a.created_at, coalesce(a.last_launched_time, a.created_at)) < a.seen_at - to_days($days)
