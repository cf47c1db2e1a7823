-- title: Declared resource that does not exist
-- severity: high
-- role: request
-- since: "0.1"
-- says: "{address} is declared, but AWS has no {type} {name}"
-- why: |
--   Somebody deleted it by hand, or the state belongs to another account. Whatever relied on it is
--   already broken, and the next apply makes an empty one in its place.
-- fix: |
--   # Bring it back:
--   terraform apply -target={address!sh}
--   # Or forget it: take it out of the configuration, then
--   terraform state rm {address!sh}
-- population: declared
-- evidence:
--   state: the Terraform state that declares it
--   id: its id in that state

select distinct on (d.resource)
    d.resource,
    d.source as state,
    d.id,
from declared as d
where d.status = 'missing' and d.deposed = ''
order by d.resource, d.source, d.address
