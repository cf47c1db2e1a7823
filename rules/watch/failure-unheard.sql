-- title: Failure that nobody would hear of
-- severity: medium
-- role: monitoring
-- since: "0.1"
-- says: "nobody hears when {name} {happens}: {reason}"
-- why: |
--   It has alarms, so everybody believes that it is watched. None of them would tell anybody of this, which is
--   among the few things that its service fails by.
-- fix: |
--   # Declare an alarm on one of the metrics that tell of it, or mend the hop that is broken; then
--   terraform plan
-- references: [Amazon CloudWatch, recommended alarms]
-- population: (select distinct resource from alarm_reach where tier <= 3) as asked
-- identity: [intent]
-- evidence:
--   intent: what nobody would hear of, in one word
--   happens: the same, in words
--   broken: the first hop between it and somebody that is broken
--   reason: what is wrong there
--   path: what a message would go through, as far as it would get
--   others: the alarms on it that do reach somebody

select
    r.resource,
    r.intent,
    r.happens,
    r.broken,
    r.says as reason,
    r.path,
    list(c.alarm order by c.alarm) as others,
from alarm_reach as r
-- where no alarm of it reaches anybody it is told as unwatched
join alarm_covers as c on c.resource = r.resource and c.speaks
semi join alarm_ways as w on w.alarm = c.alarm
where r.verdict = 'no'
group by r.resource, r.intent, r.happens, r.broken, r.says, r.path
