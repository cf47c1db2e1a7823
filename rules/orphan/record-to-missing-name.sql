-- title: DNS record that points at a name of ours that is not there
-- severity: medium
-- role: request
-- since: "0.1"
-- says: "the record {name} points at {target}, a name in our own zone that is not there"
-- why: |
--   Whoever follows the name gets no answer. No stranger can answer in its place: only who may write into that
--   zone, or gets the name delegated.
-- fix: |
--   # Make the name it points at, or point it at what took its place, in its configuration; then
--   terraform plan
-- population: aws_route53_record where not private and (contains(name, ' CNAME') or alias_target is not null)
-- evidence:
--   target: the name it points at
--   zone: the hosted zone that should have it
--   searched: where a use of it was looked for
--   not_searched: where a use of it may be and nobody looked

with named as (
    -- the view's name of a record is its name and its type
    select r.resource, r.account, r.zone_name,
        split_part(r.name, ' ', 1) as name, split_part(r.name, ' ', 2) as kind,
        lower(trim(coalesce(r.alias_target, if(split_part(r.name, ' ', 2) = 'CNAME', r.values[1], null)), '.'))
            as target
    from aws_route53_record as r
    where not r.private
), broad as (
    -- a wildcard answers for every name below it; a delegated name is answered by somebody else's servers
    select n.account, substr(n.name, 2) as suffix from named as n where starts_with(n.name, '*.')
    union all
    select n.account, '.' || n.name from named as n where n.kind = 'NS' and n.name <> n.zone_name
)

select distinct on (p.resource)
    p.resource,
    p.target,
    z.name as zone,
    ['records of the zone', 'wildcards', 'delegations'] as searched,
    ['other hosted zones of the same name'] as not_searched,
from named as p
join aws_route53_zone as z
    on z.account = p.account and not z.private and (p.target = z.name or ends_with(p.target, '.' || z.name))
anti join named as n on n.account = p.account and n.name = p.target
anti join broad as b on b.account = p.account and ends_with(p.target, b.suffix)
order by p.resource, z.name
