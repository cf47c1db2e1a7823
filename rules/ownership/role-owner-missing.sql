-- title: Role in which nobody answers
-- severity: low
-- role: request
-- since: "0.1"
-- says: "{type} {name} has an owner, but nobody answers for it in the role {role}"
-- why: |
--   The tag for the role hands the question to somebody who is not there, so it does not come back to
--   the owner either. It is noticed when the bill, the access or the alarm is in question.
-- fix: |
--   # Take the tag off, and the owner answers in this role too, or name a team. By hand, in its own region:
--   aws resourcegroupstaggingapi tag-resources --resource-arn-list {resource!sh} --tags {tag!sh}=TEAM
-- population: resources where origin = '' and not part
-- identity: [role]
-- params:
--   named: {default: [], help: 'roles for which the owner alone will not do: cost, access, monitoring, recovery'}
-- evidence:
--   role: cost, access, monitoring or recovery
--   via: what names somebody for it, and why they cannot answer
--   team: who has it as the owner
--   tag: a tag that would name somebody

select
    a.resource,
    a.role,
    a.via,
    o.team,
    'owner-' || a.role as tag,
from owner_roles as a
join owners as o on o.resource = a.resource
join resources as r on r.resource = a.resource
where o.team is not null and r.origin = '' and not r.part
    and ((a.own and a.team is null) or (not a.own and list_contains(cast($named as varchar[]), a.role)))
