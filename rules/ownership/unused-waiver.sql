-- title: Waiver that excuses nothing
-- severity: low
-- role: request
-- since: "0.1"
-- says: "the waiver {name} excuses nothing: no finding of {rule} matches it"
-- why: |
--   What it was given for is mended or was never there. It lies ready to excuse the next finding that
--   happens to match, which nobody will have looked at.
-- fix: |
--   # Take its block out of the file; git keeps who approved it. Then
--   watchbill waivers check
-- population: waivers
-- evidence:
--   rule: the rule it is about
--   expires: its last day
--   written: where it stands

select
    w.resource,
    w.rule,
    w.expires,
    w.written,
from waivers as w
-- where something could not be looked at, it may well have something to excuse
where w.falls_under = 0 and w.looked
