-- title: Resource without a tag that it must have
-- severity: low
-- role: request
-- since: "0.1"
-- says: "{type} {name} has no tag {tag}, and {because} asks for it"
-- why: |
--   Bills, access and clean-ups are sorted by this tag. What does not have it falls out of every list
--   that somebody acts on.
-- fix: |
--   # In Terraform: under tags, or once for all under default_tags. By hand, in its own region
--   # (a role or user: aws iam tag-role, tag-user):
--   aws resourcegroupstaggingapi tag-resources --resource-arn-list {resource!sh} --tags {tag!sh}=VALUE
-- population: required_tags
-- identity: [tag]
-- evidence:
--   tag: the tag that is missing, or empty
--   because: who asks for it

select
    t.resource,
    t.tag,
    t.because,
from required_tags as t
join resources as r on r.resource = t.resource
where not t.present and r.origin = '' and not r.part
