-- title: Team with nobody in it
-- severity: high
-- role: request
-- since: "0.1"
-- says: "{type} {name} belongs to a team with nobody in it: {named}"
-- why: |
--   The name is right, and behind it is nobody. Every message to the team is a message to an empty room.
--   It looks owned in every list.
-- fix: |
--   # Give the team people in the directory, or give the resource to the team that took over.
--   # In Terraform: tags = { team = "TEAM" }. By hand, in its own region (a role or user: aws iam tag-role, tag-user):
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
where o.state = 'empty' and o.said_of = o.resource and r.origin = '' and not r.part
