-- title: Stream that nobody watches
-- severity: medium
-- role: monitoring
-- since: "0.1"
-- says: "nobody hears when the stream {name} fails: {reason}"
-- why: |
--   A reader that falls behind loses records when they expire, and until then everything it feeds is late.
--   Nobody hears of either.
-- fix: |
--   # Declare an alarm that tells the owner's topic. As a command, to begin with:
--   aws cloudwatch put-metric-alarm --region {region!sh} --alarm-name {name!sh}-lag --namespace AWS/Kinesis --metric-name GetRecords.IteratorAgeMilliseconds --dimensions Name=StreamName,Value={name!sh} --statistic Maximum --period 60 --evaluation-periods 5 --threshold 60000 --comparison-operator GreaterThanThreshold --alarm-actions TOPIC_ARN
-- references: [Amazon CloudWatch, recommended alarms]
-- population: aws_kinesis_stream
-- evidence:
--   reason: no alarm at all, or only alarms that tell nobody
--   silent_alarms: the alarms that watch it and tell nobody

select
    r.resource,
    if(count(c.alarm) = 0, 'no alarm watches it', 'its alarms tell nobody') as reason,
    coalesce(list(c.alarm order by c.alarm) filter (c.alarm is not null), []) as silent_alarms,
from aws_kinesis_stream as r
left join alarm_covers as c on c.resource = r.resource
group by r.resource
having not coalesce(bool_or(c.speaks), false)
