-- title: Messages that were given up
-- severity: medium
-- role: monitoring
-- since: "0.1"
-- says: "about {messages} messages were given up into {name} and wait there"
-- why: |
--   Each of them is work that was not done: a payment, a mail, an order. They are thrown away when they are
--   too old, and then nobody can do it any more.
-- fix: |
--   # See what they are, mend their reader, then send them back:
--   aws sqs start-message-move-task --region {region!sh} --source-arn {resource!sh}
-- population: aws_sqs_queue
-- varies: [messages]
-- evidence:
--   messages: about how many
--   given_up_by: a queue that gives up into it

select distinct on (d.resource)
    d.resource,
    d.messages_visible as messages,
    q.name as given_up_by,
from aws_sqs_queue as d
join aws_sqs_queue as q
    on json_extract_string(q.redrive_policy, '$.deadLetterTargetArn') = d.resource
where d.messages_visible > 0
order by d.resource, q.name
