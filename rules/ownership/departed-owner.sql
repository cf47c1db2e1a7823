-- title: Owner who has left
-- severity: high
-- role: request
-- since: "0.1"
-- says: "{type} {name} belongs to somebody who has left: {named}"
-- why: |
--   Whoever knew why it exists is not there any more, and whatever is sent to them is lost. Until a
--   team takes it over, it is nobody's.
-- fix: |
--   # Ask the team they were in to take it over.
--   # In Terraform: tags = { team = "TEAM" }. By hand, in its own region (a role or user: aws iam tag-role, tag-user):
--   aws resourcegroupstaggingapi tag-resources --resource-arn-list {resource!sh} --tags team=TEAM
-- population: resources where origin = '' and not part
-- evidence:
--   via: by which way it is named
--   named: what is written there
--   nearest: the team they were in

select
    o.resource,
    o.via,
    o.named,
    o.nearest,
from owners as o
join resources as r on r.resource = o.resource
-- what inherits the name is told with what bears it
where o.state = 'departed' and o.said_of = o.resource and r.origin = '' and not r.part
