-- title: Delegation to a hosted zone that is gone
-- severity: critical
-- undecided: undecided
-- everywhere: true
-- role: request
-- since: "0.1"
-- says: "the record {name} delegates to Route 53, and no account that was scanned has such a zone there"
-- why: |
--   Whoever makes a zone of that name until Route 53 gives them one of those servers answers for every name
--   below it, with certificates, mail and all.
-- fix: |
--   # Ask the owner. If nothing is to answer, take the record out of its configuration; to see what that does:
--   terraform plan
-- population: aws_route53_record where kind = 'NS' and host <> zone_name and not private
-- evidence:
--   servers: the name servers it delegates to
--   was: what of ours answered there, as an earlier scan saw it or a state has it
--   undecided: why the zone may be there after all; empty where it cannot
--   searched: where the zone was looked for
--   not_searched: where it may be

with pointed as (
    select d.resource, d.host, d.values as servers, unnest(d.values) as server
    from aws_route53_record as d
    where d.kind = 'NS' and d.host <> d.zone_name and not d.private
        and len(list_filter(d.values, lambda v: not regexp_full_match(lower(v), 'ns-[0-9]+[.]awsdns-[0-9]+[.].+'))) = 0
), held as (
    select n.host || ' ' || trim(lower(unnest(n.values)), '.') as name
    from aws_route53_record as n
    where n.kind = 'NS' and n.host = n.zone_name and not n.private
), named as (
    select p.resource, p.servers, p.host || ' ' || trim(lower(p.server), '.') as name from pointed as p
), lost as (
    select n.resource, n.servers, min(f.resource) as was, min(f.account) as account, count(h.name) as answering
    from named as n
    left join held as h on h.name = n.name
    left join former_names as f on f.name = n.name
    group by all
)

select
    l.resource, l.servers, l.was,
    case when not list_contains(s.accounts, l.account) then 'account ' || l.account || ' was not scanned'
        when l.was is null then 'no zone of ours was ever seen there: it may be a supplier''s'
    end as undecided,
    ['public hosted zones of the scanned accounts, by their name servers'] as searched,
    ['hosted zones of accounts that were not scanned'] as not_searched,
from lost as l
cross join scan as s
where l.answering = 0
