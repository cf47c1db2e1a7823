-- title: DNS record that points at a load balancer that is gone
-- severity: critical
-- undecided: undecided
-- everywhere: true
-- role: request
-- since: "0.1"
-- says: "the record {name} points at the load balancer {target}, which no account that was scanned has"
-- why: |
--   Whoever follows the name gets no answer. A name that points nowhere also keeps its certificate and its
--   trust, for whoever gets hold of what it points at.
-- fix: |
--   # Ask the owner. If nothing is to answer, take the record out of its configuration; to see what that does:
--   terraform plan
-- population: aws_route53_record where not private and target is not null
-- evidence:
--   target: the name it points at
--   was: what of ours was reached by that name, as an earlier scan saw it or a state has it
--   undecided: why it may be there after all; empty where it cannot
--   searched: where the target was looked for
--   not_searched: where it may be

with pointed as (
    select r.resource, r.target, r.alias_target is not null as alias,
        regexp_extract(r.target, '[.]([a-z]{2}(-[a-z]+)+-[0-9]+)[.]', 1) as region
    from aws_route53_record as r
    where not r.private and regexp_full_match(r.target, '.+[.]elb([.][a-z0-9-]+)?[.]amazonaws[.]com([.]cn)?')
)

select
    p.resource, p.target, f.resource as was,
    case
        when not list_contains(s.regions, p.region) then 'the region ' || p.region || ' was not scanned'
        when not list_contains(s.accounts, f.account) then 'account ' || f.account || ' was not scanned'
        when f.resource is null and not p.alias
            then 'nothing of ours was ever seen under that name: it may be a supplier''s'
        when f.resource is null then s.accounts_gap
    end as undecided,
    ['load balancers of the scanned accounts and regions'] as searched,
    ['load balancers of accounts that were not scanned'] as not_searched,
from pointed as p
cross join scan as s
left join former_names as f on f.name = p.target
anti join aws_lb as b on lower(b.dns_name) = p.target
anti join aws_elb as c on lower(c.dns_name) = p.target
