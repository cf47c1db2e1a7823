-- title: Grant that is past its end and still there
-- severity: high
-- role: access
-- since: "0.1"
-- says: "{name} still holds {policy}, which was to end on {ended}"
-- why: |
--   It was approved until a day, and that day is over. Nothing enforces it: until somebody takes it away it works as on
--   the first day, and whoever approved it believes that it is gone.
-- fix: |
--   # Ask whoever requested it whether it is still needed. If so, have it approved again and write that down; if not, take it away.
--   # This shows everything that is known of it, with the call that takes it away:
--   watchbill query "from grant_ledger where recorded_end is not null"
-- population: grant_records
-- identity: [policy]
-- evidence:
--   policy: the policy, its ARN where it is attached
--   ended: its last day, as it was written down
--   requested_by: who asked for it
--   approved_by: who approved it
--   ticket: where that can be read
--   written: where it was written down

select distinct on (r.principal, r.document)
    r.principal as resource,
    r.document as policy,
    strftime(r.ends - to_days(1), '%Y-%m-%d') as ended,
    r.requested_by,
    r.approved_by,
    r.ticket,
    r.written,
from grant_records as r
join grants as g on g.principal = r.principal and g.document = r.document and g.given_by = r.given_by
join scan as x on x.seen_at >= r.ends
order by r.principal, r.document, r.ends
