-- title: State machine that nobody watches
-- severity: medium
-- role: monitoring
-- since: "0.1"
-- says: "nobody hears when the state machine {name} fails: {reason}"
-- why: |
--   An execution that fails or runs out of time leaves its work half done, and nobody hears of it.
--   What it was to finish is missed much later.
-- fix: |
--   # Declare an alarm that tells the owner's topic. As a command, to begin with:
--   aws cloudwatch put-metric-alarm --region {region!sh} --alarm-name {name!sh}-failures --namespace AWS/States --metric-name ExecutionsFailed --dimensions Name=StateMachineArn,Value={resource!sh} --statistic Sum --period 300 --evaluation-periods 1 --threshold 0 --comparison-operator GreaterThanThreshold --alarm-actions TOPIC_ARN
-- references: [Amazon CloudWatch, recommended alarms]
-- population: aws_sfn_state_machine
-- evidence:
--   reason: no alarm at all, or only alarms that tell nobody
--   silent_alarms: the alarms that watch it and tell nobody

select
    r.resource,
    if(count(c.alarm) = 0, 'no alarm watches it', 'its alarms tell nobody') as reason,
    coalesce(list(c.alarm order by c.alarm) filter (c.alarm is not null), []) as silent_alarms,
from aws_sfn_state_machine as r
left join alarm_covers as c on c.resource = r.resource
group by r.resource
having not coalesce(bool_or(c.speaks), false)
