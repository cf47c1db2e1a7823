-- title: Database that nobody watches
-- severity: high
-- role: monitoring
-- since: "0.1"
-- says: "nobody hears when the database {name} fails or fills up: {reason}"
-- why: |
--   A full disk or a lost replica stops everything that stands on the database. Both announce themselves
--   hours before, to nobody.
-- fix: |
--   # Declare an alarm that tells the owner's topic. As a command, to begin with (of a cluster: DBClusterIdentifier):
--   aws cloudwatch put-metric-alarm --region {region!sh} --alarm-name {name!sh}-storage --namespace AWS/RDS --metric-name FreeStorageSpace --dimensions Name=DBInstanceIdentifier,Value={name!sh} --statistic Minimum --period 300 --evaluation-periods 3 --threshold 5000000000 --comparison-operator LessThanThreshold --alarm-actions TOPIC_ARN
-- references: [Amazon CloudWatch, recommended alarms]
-- population: (select resource from aws_db_instance union all select resource from aws_rds_cluster) as databases
-- evidence:
--   reason: no alarm at all, or only alarms that tell nobody
--   silent_alarms: the alarms that watch it and tell nobody

with covers as (
    select c.alarm, c.resource, c.speaks from alarm_covers as c
    union all
    -- an alarm on a member watches its cluster
    select a.resource, r.resource, a.actions_enabled and len(a.alarm_actions) > 0
    from aws_cloudwatch_metric_alarm as a
    join aws_rds_cluster as r
        on r.account = a.account
        and r.region = a.region
        and list_contains(r.members, a.dimensions['DBInstanceIdentifier'])
    where a.namespace = 'AWS/RDS'
), databases as (
    select d.resource from aws_db_instance as d
    union all
    select r.resource from aws_rds_cluster as r
)

select
    d.resource,
    if(count(c.alarm) = 0, 'no alarm watches it', 'its alarms tell nobody') as reason,
    coalesce(list(c.alarm order by c.alarm) filter (c.alarm is not null), []) as silent_alarms,
from databases as d
left join covers as c on c.resource = d.resource
group by d.resource
having not coalesce(bool_or(c.speaks), false)
