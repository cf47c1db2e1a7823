-- title: Instance that has stood still for long
-- severity: low
-- params:
--   days: {default: 30, help: after how many days}
-- role: cost
-- since: "0.1"
-- says: "the instance {name} has been stopped since {stopped}"
-- why: |
--   Its volumes and addresses are paid for, and its software grows old until somebody starts it, with every
--   hole that was found since.
-- fix: |
--   # Ask the owner. An image keeps what is on it:
--   aws ec2 create-image --region {region!sh} --instance-id {id!sh} --name {id!sh}
--   # When the image is available, this destroys the instance:
--   aws ec2 terminate-instances --region {region!sh} --instance-ids {id!sh}
-- population: aws_instance where state = 'stopped' and origin = ''
-- evidence:
--   stopped: when it was stopped
--   volumes: the volumes that are paid for
--   volumes_cost: what they cost a month in USD; empty where that is not known
--   searched: where a use of it was looked for
--   not_searched: where a use of it may be and nobody looked

with still as (
    select i.resource, i.account, i.region, i.seen_at, i.volumes,
        try_cast(regexp_extract(i.state_reason, '[(]([0-9-]+ [0-9:]+) GMT[)]', 1) as timestamp) as stopped
    from aws_instance as i
    where i.state = 'stopped' and i.origin = '' and i.autoscaling_group is null
)

select
    i.resource, i.stopped, i.volumes,
    if(count(v.monthly_cost) = len(i.volumes), sum(v.monthly_cost), null) as volumes_cost,
    ['Auto Scaling groups'] as searched,
    ['schedules that start it'] as not_searched,
from still as i
left join aws_ebs_volume as v
    on v.account = i.account and v.region = i.region and list_contains(i.volumes, v.id)
where i.stopped < i.seen_at - to_days($days)
group by i.resource, i.stopped, i.volumes
