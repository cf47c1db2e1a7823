-- title: Drift that keeps coming back
-- severity: medium
-- role: request
-- since: "0.1"
-- says: "{what} of {type} {name} turned {turns} times within the last scans: two sides undo each other"
-- why: |
--   One side puts back what the other changes: a person against a pipeline, or two tools that both believe that they
--   own it. Each turn is a change that nobody reviewed, and neither side gets what it wants.
-- fix: |
--   # Find who else writes it; CloudTrail names the caller of each change.
--   aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue={name!sh}
--   # Then let one side own it: take it out of the other, or declare ignore_changes for it.
-- population: stories
-- identity: [attribute]
-- evidence:
--   attribute: the attribute that turns, or nothing where all of it comes and goes
--   what: the same in words
--   turns: how often it turned within the scans that are looked at
--   stands: how it stands now
--   events: what happened and when, as JSON

-- a resource has a story on either side: the one that turned more often is told
select distinct on (s.resource, s.attribute)
    s.resource,
    nullif(s.attribute, '') as attribute,
    if(s.attribute = '', 'all', s.attribute) as what,
    s.turns,
    s.state as stands,
    s.events,
from stories as s
where s.flapping
order by s.resource, s.attribute, s.turns desc, s.source, s.address, s.state
