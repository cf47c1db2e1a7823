-- title: Cache that nobody watches
-- severity: low
-- role: monitoring
-- since: "0.1"
-- says: "nobody hears when the cache {name} is full or gone: {reason}"
-- why: |
--   When a cache fails, the database behind it gets all the requests at once. What looks like a database
--   that is too small began here.
-- fix: |
--   # Declare an alarm that tells the owner's topic. As a command, to begin with (of a group: for each member):
--   aws cloudwatch put-metric-alarm --region {region!sh} --alarm-name {name!sh}-memory --namespace AWS/ElastiCache --metric-name DatabaseMemoryUsagePercentage --dimensions Name=CacheClusterId,Value={name!sh} --statistic Maximum --period 300 --evaluation-periods 3 --threshold 90 --comparison-operator GreaterThanThreshold --alarm-actions TOPIC_ARN
-- references: [Amazon CloudWatch, recommended alarms]
-- population: (select resource from aws_elasticache_cluster where origin = '' union all select resource from aws_elasticache_replication_group) as caches
-- evidence:
--   reason: no alarm at all, or only alarms that tell nobody
--   silent_alarms: the alarms that watch it and tell nobody

with covers as (
    select c.alarm, c.resource, c.speaks from alarm_covers as c
    union all
    -- an alarm on a member watches its group
    select c.alarm, m.parent, c.speaks
    from aws_elasticache_cluster as m
    join alarm_covers as c on c.resource = m.resource
    where m.parent is not null
), caches as (
    select k.resource from aws_elasticache_cluster as k where k.origin = ''
    union all
    select g.resource from aws_elasticache_replication_group as g
)

select
    k.resource,
    if(count(c.alarm) = 0, 'no alarm watches it', 'its alarms tell nobody') as reason,
    coalesce(list(c.alarm order by c.alarm) filter (c.alarm is not null), []) as silent_alarms,
from caches as k
left join covers as c on c.resource = k.resource
group by k.resource
having not coalesce(bool_or(c.speaks), false)
