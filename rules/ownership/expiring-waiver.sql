-- title: Waiver that ends soon
-- severity: low
-- role: request
-- since: "0.1"
-- says: "the waiver {name} ends after {expires}"
-- why: |
--   The day after, what it excuses comes back one severity worse and may stop a pipeline. There is still time
--   to mend it, or to ask again.
-- fix: |
--   # Mend what it excuses, or have it approved anew with a later end:
--   watchbill waivers list
-- population: waivers
-- params:
--   days: {default: 14, help: days before its end from which on a waiver counts as ending}
-- evidence:
--   expires: its last day
--   owner: who answers for it
--   hides: how many findings it excuses now
--   renewals: how often its end was moved, as far as earlier scans know
--   written: where it stands

select
    w.resource,
    w.expires,
    w.owner,
    w.hides,
    w.renewals,
    w.written,
from waivers as w
-- one that excuses nothing may end in peace
where w.days_left between 0 and $days and w.falls_under > 0
