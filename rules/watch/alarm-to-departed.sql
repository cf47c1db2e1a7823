-- title: Alarm that only tells somebody who has left
-- severity: high
-- role: monitoring
-- since: "0.1"
-- says: "the alarm {name} reaches nobody who is there: {reason}"
-- why: |
--   Every check passes: it has an action, the topic exists, the subscription is confirmed. The message arrives in
--   a mailbox that nobody opens.
-- fix: |
--   # Subscribe the team's address in place of the person's, and let the team confirm; the address is an example:
--   aws sns subscribe --region {region!sh} --topic-arn {told!sh} --protocol email --notification-endpoint on-call@example.com
-- population: alarm_ways
-- evidence:
--   reason: who is told, and why they do not hear
--   told: the topic through which they are told
--   path: what a message goes through

select
    w.alarm as resource,
    w.says as reason,
    list_filter(w.path, p -> split_part(p, ':', 3) = 'sns')[1] as told,
    w.path,
from alarm_ways as w
where w.verdict = 'no' and w.broken = 'person'
