-- title: Owner that is only a placeholder
-- severity: medium
-- role: request
-- since: "0.1"
-- says: "{type} {name} names no real owner: {via}"
-- why: |
--   A word such as `tbd` passes every check that asks whether there is a tag, and still nobody
--   answers for the resource. It looks finished, so nobody will come back to it.
-- fix: |
--   # Find who asked for it (CloudTrail knows who made it). In Terraform: tags = { team = "TEAM" }
--   # By hand, in its own region (a role or user: aws iam tag-role, tag-user):
--   aws resourcegroupstaggingapi tag-resources --resource-arn-list {resource!sh} --tags team=TEAM
-- population: resources where taggable and origin = '' and not part
-- evidence:
--   via: the tag and what it says

select
    o.resource,
    o.via,
from owners as o
join resources as r on r.resource = o.resource
where o.state = 'placeholder' and r.origin = '' and not r.part
