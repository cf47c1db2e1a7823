-- title: Policy that speaks of an action that there is not
-- severity: low
-- role: access
-- since: "0.1"
-- says: "{name} speaks of {pattern}, and IAM has no such action"
-- why: |
--   A name that is misspelt allows nothing, and denies nothing either: what was meant to be forbidden is not. If it is an
--   action that AWS has only just made, what it allows was not judged here.
-- fix: |
--   # See who wrote it, and ask what was meant; then mend it in the configuration.
--   aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue={name!sh}
-- references: [AWS service authorization reference]
-- population: (select distinct g.document from grants as g where g.digest is not null) as documents
-- identity: [pattern]
-- evidence:
--   pattern: the action, or pattern of actions, in lower case

select distinct on (g.document, p.pattern)
    g.document as resource,
    p.pattern,
from action_patterns as p
join statement_actions as a on a.pattern = p.pattern
join grants as g on g.digest = a.digest
where p.action is null and not starts_with(g.document, 'arn:aws:iam::aws:policy/')
order by g.document, p.pattern
