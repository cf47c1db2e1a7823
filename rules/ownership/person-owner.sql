-- title: Owner who is a person and no team
-- severity: low
-- role: request
-- since: "0.1"
-- says: "{type} {name} belongs to a person and no team: {named}"
-- why: |
--   People go on holiday and move on, and nobody changes their tags when they do. A team is still
--   there the day after.
-- fix: |
--   # Name their team; nearest is the one they are in, if it is one.
--   # In Terraform: tags = { team = "TEAM" }. By hand, in its own region (a role or user: aws iam tag-role, tag-user):
--   aws resourcegroupstaggingapi tag-resources --resource-arn-list {resource!sh} --tags team=TEAM
-- population: resources where origin = '' and not part
-- evidence:
--   via: by which way it is named
--   named: what is written there
--   nearest: the team they are in, where it is one

select
    o.resource,
    o.via,
    o.named,
    o.nearest,
from owners as o
join resources as r on r.resource = o.resource
-- what inherits the name is told with what bears it
where o.state = 'person' and o.said_of = o.resource and r.origin = '' and not r.part
