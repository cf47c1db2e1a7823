-- title: Private hosted zone whose VPCs are gone
-- severity: low
-- undecided: undecided
-- everywhere: true
-- role: request
-- since: "0.1"
-- says: "every VPC in which the private zone {name} answers is gone"
-- why: |
--   It answers nobody, and it comes back to life with whatever old records it holds when somebody associates
--   another VPC.
-- fix: |
--   # `not_searched` says where nobody looked: look there and ask the owner. Its records go first, then this destroys it:
--   aws route53 delete-hosted-zone --id {id!sh}
-- population: aws_route53_zone where private and origin = ''
-- evidence:
--   vpcs: the VPCs it was for
--   undecided: why one of them may be there after all; empty where none can be
--   searched: where a use of it was looked for
--   not_searched: what can use it and is not read

with named as (
    select z.resource, unnest(z.vpc ->> '$[*].vpc_id') as vpc, unnest(z.vpc ->> '$[*].vpc_region') as region
    from aws_route53_zone as z
    where z.private and z.origin = '' and json_array_length(z.vpc) > 0
), every as (
    select n.resource, list(n.vpc order by n.vpc) as vpcs, list(n.region order by n.region) as regions
    from named as n
    group by n.resource
)

select
    e.resource, e.vpcs,
    case when not list_has_all(s.regions, e.regions) then list_filter(e.regions,
            lambda r: not list_contains(s.regions, r))[1] || ' was not scanned'
        when s.accounts_gap is null and len(s.accounts) = 1 then 'it may be for a VPC of another account'
        else s.accounts_gap
    end as undecided,
    ['VPCs of the scanned accounts and regions'] as searched,
    ['VPCs of accounts that were not scanned'] as not_searched,
from every as e
cross join scan as s
anti join (select n.resource from named as n join aws_vpc as v on v.id = n.vpc) as there on there.resource = e.resource
