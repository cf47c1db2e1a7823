-- title: Waiver whose owner is not there
-- severity: medium
-- role: request
-- since: "0.1"
-- says: "the waiver {name} is owned by {owner}, whom the directory does not know"
-- why: |
--   Whoever promised to deal with it has gone or never was. When it expires nobody is asked, and until then
--   nobody can say whether it is still right.
-- fix: |
--   # Find a team that takes it over, and name that as its owner; then
--   watchbill waivers check
-- population: waivers where owner_known is not null
-- evidence:
--   owner: who is to answer for it
--   rule: the rule it is about
--   written: where it stands

select
    w.resource,
    w.owner,
    w.rule,
    w.written,
from waivers as w
where not w.owner_known
