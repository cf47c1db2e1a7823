-- title: Grant whose ends contradict each other
-- severity: medium
-- role: access
-- since: "0.1"
-- says: "{name} was given {policy} until {recorded}, and {other} says {otherwise}"
-- why: |
--   Somebody approved it until one day and it will end on another, or never. Whoever reads one of the two is wrong about
--   how long this principal may do it.
-- fix: |
--   # See what was approved, and make all of them say that: grants.yaml, the tag, and the date in the policy, which alone is enforced.
--   watchbill query "from grant_ledger where recorded_end is not null"
-- population: grant_records
-- identity: [policy, other]
-- evidence:
--   policy: the policy, its ARN where it is attached
--   recorded: the last day, as it was written down, or never
--   other: what contradicts it
--   otherwise: the day by that
--   written: where it was written down

with ends as (
    select g.principal, g.document, g.given_by, 'the date in the policy' as other, max(s.ends) as ends
    from grants as g join statements as s on s.digest = g.digest and s.effect = 'Allow'
    group by g.principal, g.document, g.given_by
    having count(*) = count(s.ends)
    union all
    select g.principal, g.document, g.given_by, 'the tag of the principal', e.ends
    from grants as g join expiries as e on e.resource = g.principal
    where e.ends is not null
)

select distinct on (r.principal, r.document, e.other)
    r.principal as resource,
    r.document as policy,
    coalesce(strftime(r.ends - to_days(1), '%Y-%m-%d'), 'for ever') as recorded,
    e.other,
    strftime(e.ends, '%Y-%m-%d') as otherwise,
    r.written,
from grant_records as r
join ends as e on e.principal = r.principal and e.document = r.document and e.given_by = r.given_by
-- a day counts whole in one, and a moment ends the other
where r.ends is null or abs(date_diff('hour', r.ends, e.ends)) > 24
order by r.principal, r.document, e.other, r.written
