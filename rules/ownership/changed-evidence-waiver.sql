-- title: Waiver that was approved for something else
-- severity: medium
-- role: request
-- since: "0.1"
-- says: "the waiver {name} was approved on other evidence than there is now, and excuses it no longer"
-- why: |
--   Somebody accepted what they saw then. What is there now they never saw, and it may be worse.
-- fix: |
--   # Look at the finding again. If it may stay, let it be approved anew and write its new evidence:
--   watchbill waivers list
-- population: waivers
-- evidence:
--   rule: the rule it is about
--   approved_by: who approved it
--   written: where it stands

select
    w.resource,
    w.rule,
    w.approved_by,
    w.written,
from waivers as w
where w.changed
