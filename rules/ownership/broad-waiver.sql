-- title: Waiver that excuses very much
-- severity: medium
-- role: request
-- since: "0.1"
-- says: "the waiver {name} excuses {hides} findings of {rule} at once"
-- why: |
--   Nobody who approved it had so many cases in mind, and what comes tomorrow is excused as well, unseen.
-- fix: |
--   # Say in its match which resources are meant, or give each a waiver of its own:
--   watchbill waivers list
-- population: waivers
-- params:
--   most: {default: 20, help: findings that one waiver may excuse}
-- evidence:
--   rule: the rule it is about
--   hides: how many findings it excuses now
--   written: where it stands

select
    w.resource,
    w.rule,
    w.hides,
    w.written,
from waivers as w
where w.hides > $most
