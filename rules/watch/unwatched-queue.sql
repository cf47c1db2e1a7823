-- title: Queue that nobody watches
-- severity: medium
-- role: monitoring
-- since: "0.1"
-- says: "nobody hears when the queue {name} fails: {reason}"
-- why: |
--   Messages pile up or are given up, and it is found out from customers. A queue is where the trouble of
--   every service behind it shows first.
-- fix: |
--   # Declare an alarm that tells the owner's topic. As a command, to begin with:
--   aws cloudwatch put-metric-alarm --region {region!sh} --alarm-name {name!sh}-age --namespace AWS/SQS --metric-name ApproximateAgeOfOldestMessage --dimensions Name=QueueName,Value={name!sh} --statistic Maximum --period 300 --evaluation-periods 3 --threshold 600 --comparison-operator GreaterThanThreshold --alarm-actions TOPIC_ARN
-- references: [Amazon CloudWatch, recommended alarms]
-- population: aws_sqs_queue
-- evidence:
--   reason: no alarm at all, or only alarms that tell nobody
--   silent_alarms: the alarms that watch it and tell nobody

select
    r.resource,
    if(count(c.alarm) = 0, 'no alarm watches it', 'its alarms tell nobody') as reason,
    coalesce(list(c.alarm order by c.alarm) filter (c.alarm is not null), []) as silent_alarms,
from aws_sqs_queue as r
left join alarm_covers as c on c.resource = r.resource
group by r.resource
having not coalesce(bool_or(c.speaks), false)
