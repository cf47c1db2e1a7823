-- title: Function that nobody watches
-- severity: medium
-- role: monitoring
-- since: "0.1"
-- says: "nobody hears when the function {name} fails: {reason}"
-- why: |
--   It can fail at every call without anybody hearing of it: a function has no process that dies and no
--   page that stays empty.
-- fix: |
--   # Declare an alarm that tells the owner's topic. As a command, to begin with:
--   aws cloudwatch put-metric-alarm --region {region!sh} --alarm-name {name!sh}-errors --namespace AWS/Lambda --metric-name Errors --dimensions Name=FunctionName,Value={name!sh} --statistic Sum --period 300 --evaluation-periods 1 --threshold 0 --comparison-operator GreaterThanThreshold --alarm-actions TOPIC_ARN
-- references: [Amazon CloudWatch, recommended alarms]
-- population: aws_lambda_function
-- evidence:
--   reason: no alarm at all, or only alarms that tell nobody
--   silent_alarms: the alarms that watch it and tell nobody

select
    r.resource,
    if(count(c.alarm) = 0, 'no alarm watches it', 'its alarms tell nobody') as reason,
    coalesce(list(c.alarm order by c.alarm) filter (c.alarm is not null), []) as silent_alarms,
from aws_lambda_function as r
left join alarm_covers as c on c.resource = r.resource
group by r.resource
having not coalesce(bool_or(c.speaks), false)
