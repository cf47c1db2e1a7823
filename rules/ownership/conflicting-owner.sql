-- title: Owner on which the sources disagree
-- severity: medium
-- role: request
-- since: "0.1"
-- says: "{type} {name} has two owners: {via}"
-- why: |
--   Each of the two may believe that the other answers. When it fails, the first hours go into
--   finding out who is right.
-- fix: |
--   # Ask both which of them answers, and correct the other source: the tag, CODEOWNERS or the catalogue.
--   # In Terraform: tags = { team = "TEAM" }. By hand, in its own region (a role or user: aws iam tag-role, tag-user):
--   aws resourcegroupstaggingapi tag-resources --resource-arn-list {resource!sh} --tags team=TEAM
-- population: resources where origin = '' and not part
-- evidence:
--   via: by which way it is named
--   named: what is written there
--   team: who gets what is found meanwhile

select
    o.resource,
    o.via,
    o.named,
    o.team,
from owners as o
join resources as r on r.resource = o.resource
-- what inherits the name is told with what bears it
where o.state = 'conflict' and o.said_of = o.resource and r.origin = '' and not r.part
