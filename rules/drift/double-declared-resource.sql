-- title: Resource that is declared twice
-- severity: high
-- role: request
-- since: "0.1"
-- says: "{type} {name} is declared twice, by {one} and by {other}"
-- why: |
--   Each apply undoes what the other has just done, and whoever removes one of the two declarations
--   destroys what the other still needs.
-- fix: |
--   # Decide which of the two is to keep it. In the other configuration take the resource block out, and
--   # let its state forget it without destroying it:
--   terraform state rm {other!sh}
-- population: resources where class in ('declared', 'double_declared')
-- evidence:
--   one: the first address that declares it
--   one_state: the state it stands in
--   other: another address that declares it
--   other_state: the state that stands in

select distinct on (r.resource)
    r.resource,
    one.address as one,
    one.source as one_state,
    other.address as other,
    other.source as other_state,
from resources as r
join declared as one on one.resource = r.resource
join declared as other on other.resource = r.resource
where r.class = 'double_declared'
    and one.deposed = ''
    and other.deposed = ''
    and (one.source, one.address) < (other.source, other.address)
order by r.resource, one.source, one.address, other.source, other.address
