-- title: Permission that has ended and is still there
-- severity: low
-- role: access
-- since: "0.1"
-- says: "a statement of {name} has meant nothing since {ended}: its date is past"
-- why: |
--   It allows nothing any more and reads as if it did. Whoever renews it by a new date gives again what somebody decided
--   to end.
-- fix: |
--   # See who wrote it, and ask what was meant; then mend it in the configuration.
--   aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue={name!sh}
-- population: (select distinct g.document from grants as g join statements as s on s.digest = g.digest where s.ends is not null) as documents
-- identity: [number]
-- evidence:
--   number: which statement of the policy, from 0
--   effect: Allow or Deny
--   ended: when it ended
--   actions: what it was about

select distinct on (g.document, s.number)
    g.document as resource,
    s.number,
    s.effect,
    s.ends as ended,
    s.actions,
from grants as g
join statements as s on s.digest = g.digest
join scan as x on x.seen_at >= s.ends
where not starts_with(g.document, 'arn:aws:iam::aws:policy/')
order by g.document, s.number
