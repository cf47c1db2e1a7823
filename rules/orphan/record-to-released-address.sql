-- title: DNS record that points at an address that was ours
-- severity: critical
-- undecided: undecided
-- everywhere: true
-- role: request
-- since: "0.1"
-- says: "the record {name} points at {ip}, which was ours and which no account that was scanned holds now"
-- why: |
--   AWS gives a released address to the next who asks. Whoever gets it answers in our name, with pages, cookies
--   and certificates for it.
-- fix: |
--   # Ask the owner. If nothing is to answer, take the record out of its configuration; to see what that does:
--   terraform plan
-- population: aws_route53_record where not private and kind in ('A', 'AAAA')
-- identity: [ip]
-- evidence:
--   ip: the address it points at
--   was: what of ours held it when it was first seen, or holds it in a state
--   since: when that was first seen; empty where only a state says it
--   undecided: why it may be ours after all; empty where it cannot
--   searched: where the address was looked for
--   not_searched: where it may be held

with pointed as (
    select r.resource, unnest(r.values) as ip
    from aws_route53_record as r
    where not r.private and r.kind in ('A', 'AAAA')
)

select distinct
    p.resource, p.ip, f.resource as was, f.since,
    case when f.region <> 'global' and not list_contains(s.regions, f.region)
            then 'the region ' || f.region || ' was not scanned'
        when not list_contains(s.accounts, f.account) then 'account ' || f.account || ' was not scanned'
    end as undecided,
    ['Elastic IP addresses', 'network interfaces', 'instances', 'NAT gateways'] as searched,
    ['accounts that were not scanned', 'Global Accelerator', 'Lightsail',
        'addresses released before the first scan and in no state'] as not_searched,
from pointed as p
join former_names as f on f.name = p.ip
cross join scan as s
anti join aws_eip as e on e.public_ip = p.ip
anti join (select x.public_ip as ip from aws_network_interface as x
    union all select unnest(x.ipv6_addresses) from aws_network_interface as x) as n on n.ip = p.ip
anti join aws_instance as i on i.public_ip = p.ip
anti join (select unnest(x.public_ips) as ip from aws_nat_gateway as x) as g on g.ip = p.ip
