-- title: Subscription that was never confirmed
-- severity: medium
-- role: monitoring
-- since: "0.1"
-- says: "{endpoint} hears nothing of {topic_arn}: the subscription was never confirmed"
-- why: |
--   The mail that asks for the confirmation was overlooked, or went to somebody who left. On the list of
--   subscriptions it looks as if they were told.
-- fix: |
--   # Ask for the confirmation again, and look that it is given:
--   aws sns subscribe --region {region!sh} --topic-arn {topic_arn!sh} --protocol {protocol!sh} --notification-endpoint {endpoint!sh}
-- population: aws_sns_topic_subscription
-- evidence:
--   topic_arn: the topic
--   protocol: how they would be told
--   endpoint: who would be told

select
    s.resource,
    s.topic_arn,
    s.protocol,
    s.endpoint,
from aws_sns_topic_subscription as s
where not s.confirmed
