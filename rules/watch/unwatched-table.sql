-- title: Table that nobody watches
-- severity: medium
-- role: monitoring
-- since: "0.1"
-- says: "nobody hears when the table {name} fails: {reason}"
-- why: |
--   Requests that are turned away for want of capacity look like slowness or lost data to people, and
--   nobody hears of them.
-- fix: |
--   # Declare an alarm that tells the owner's topic. As a command, to begin with:
--   aws cloudwatch put-metric-alarm --region {region!sh} --alarm-name {name!sh}-throttles --namespace AWS/DynamoDB --metric-name ThrottledRequests --dimensions Name=TableName,Value={name!sh} --statistic Sum --period 60 --evaluation-periods 5 --threshold 0 --comparison-operator GreaterThanThreshold --alarm-actions TOPIC_ARN
-- references: [Amazon CloudWatch, recommended alarms]
-- population: aws_dynamodb_table
-- evidence:
--   reason: no alarm at all, or only alarms that tell nobody
--   silent_alarms: the alarms that watch it and tell nobody

select
    r.resource,
    if(count(c.alarm) = 0, 'no alarm watches it', 'its alarms tell nobody') as reason,
    coalesce(list(c.alarm order by c.alarm) filter (c.alarm is not null), []) as silent_alarms,
from aws_dynamodb_table as r
left join alarm_covers as c on c.resource = r.resource
group by r.resource
having not coalesce(bool_or(c.speaks), false)
