-- title: Team that cannot be told
-- severity: medium
-- role: request
-- since: "0.1"
-- says: "{type} {name} belongs to a team that cannot be told anything: {named}"
-- why: |
--   The team is there, but the directory has no channel and no address for it. What is found here
--   waits until somebody looks.
-- fix: |
--   # Give the team channels or an email in teams.yaml, or channels in watchbill.yaml. If another team has it now:
--   aws resourcegroupstaggingapi tag-resources --resource-arn-list {resource!sh} --tags team=TEAM
-- population: resources where origin = '' and not part
-- evidence:
--   via: by which way it is named
--   named: what is written there

select
    o.resource,
    o.via,
    o.named,
from owners as o
join resources as r on r.resource = o.resource
-- what inherits the name is told with what bears it
where o.state = 'unreachable' and o.said_of = o.resource and r.origin = '' and not r.part
