-- title: Owner that no team is called
-- severity: medium
-- role: request
-- since: "0.1"
-- says: "{type} {name} names an owner that the directory does not know: {named} (nearest: {nearest})"
-- why: |
--   It may be a slip, an old name or somebody who only looks like the team. A message about the
--   resource goes to nobody, and no check that asks for a tag will ever say so.
-- fix: |
--   # If the nearest name is meant, write that one; an alias of a team belongs in teams.yaml.
--   # In Terraform: tags = { team = "TEAM" }. By hand, in its own region (a role or user: aws iam tag-role, tag-user):
--   aws resourcegroupstaggingapi tag-resources --resource-arn-list {resource!sh} --tags team=TEAM
-- population: resources where origin = '' and not part
-- evidence:
--   via: by which way it is named
--   named: what is written there
--   nearest: the team that is called most alike

select
    o.resource,
    o.via,
    o.named,
    o.nearest,
from owners as o
join resources as r on r.resource = o.resource
-- what inherits the name is told with what bears it
where o.state = 'unknown' and o.said_of = o.resource and r.origin = '' and not r.part
