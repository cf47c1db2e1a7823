-- title: Topic that nobody listens to
-- severity: medium
-- role: monitoring
-- since: "0.1"
-- says: "nobody listens to the topic {name}: it has no confirmed subscription"
-- why: |
--   Whatever is published to it is dropped at once, without an error. Whoever publishes believes that
--   somebody is told.
-- fix: |
--   # Subscribe whoever is to hear it, and let them confirm; the address here is an example:
--   aws sns subscribe --region {region!sh} --topic-arn {resource!sh} --protocol email --notification-endpoint team@example.com
-- population: aws_sns_topic
-- evidence:
--   pending: how many subscriptions wait for their confirmation

select
    t.resource,
    t.subscriptions_pending as pending,
from aws_sns_topic as t
anti join aws_sns_topic_subscription as s on s.topic_arn = t.resource and s.confirmed
-- counts the subscribers of other accounts too
where coalesce(t.subscriptions_confirmed, 0) = 0
