-- title: Resource that is open to everybody
-- severity: critical
-- role: access
-- since: "0.1"
-- says: "the {kind} {name} is open to everybody: its policy allows {action} without a condition"
-- why: |
--   The policy lets in every AWS account there is, or people without any. Messages can be read, forged or
--   thrown away, secrets and keys used, functions called, by somebody nobody here knows.
-- fix: |
--   # Name who needs it as Principal, or add a Condition such as aws:SourceArn or aws:PrincipalOrgID, to the
--   # policy in its configuration; then see what is left to apply:
--   terraform plan
-- population: resources where type in ('aws_sqs_queue', 'aws_sns_topic', 'aws_kms_key', 'aws_secretsmanager_secret', 'aws_lambda_function', 'aws_ecr_repository', 'aws_cloudwatch_event_bus')
-- evidence:
--   kind: what it is
--   action: the widest action that is open
--   principal: who is let in

select distinct on (t.resource)
    t.resource,
    t.kind,
    t.action,
    t.principal,
from trusts as t
where t.kind in ('queue', 'topic', 'key', 'secret', 'function', 'repository', 'bus')
    and t.principal = '*'
    and t.principal_type = 'AWS'
    and not t.conditional
-- a star sorts before every letter
order by t.resource, t.action, t.principal
