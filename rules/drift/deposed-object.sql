-- title: Deposed object that still exists
-- severity: medium
-- role: request
-- since: "0.1"
-- says: "{type} {name} was replaced at {deposed_of}, but the old object still runs"
-- why: |
--   Terraform made a replacement first and then failed to destroy the old object. Nobody uses it,
--   it is still paid for and reachable, and the next apply destroys it without being asked again.
-- fix: |
--   # See first what the plan says about the deposed object; the apply destroys it.
--   terraform plan -target={deposed_of!sh}
--   terraform apply -target={deposed_of!sh}
-- population: declared where deposed <> ''
-- identity: [deposed]
-- evidence:
--   deposed_of: the address it was replaced at
--   deposed: Terraform's key of the old object
--   state: the state that remembers it

select distinct on (d.resource, d.deposed)
    d.resource,
    d.address as deposed_of,
    d.deposed,
    d.source as state,
from declared as d
where d.deposed <> ''
    and d.resource is not null
    and d.status <> 'missing'
order by d.resource, d.deposed, d.source, d.address
