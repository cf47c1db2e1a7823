-- title: DNS record that points at a CloudFront distribution that is gone
-- severity: critical
-- undecided: undecided
-- everywhere: true
-- role: request
-- since: "0.1"
-- says: "the record {name} points at the distribution {target}, which no account that was scanned has"
-- why: |
--   CloudFront answers a name for whichever distribution claims it. Where ours is gone, somebody who gets a
--   certificate for the name can claim it, and answers in our place.
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
    select r.resource, r.target
    from aws_route53_record as r
    where not r.private and regexp_full_match(r.target, '.+[.]cloudfront[.](net|cn)')
)

select
    p.resource, p.target, f.resource as was,
    case
        when not list_contains(s.accounts, f.account) then 'account ' || f.account || ' was not scanned'
        when f.resource is null
            then 'nothing of ours was ever seen under that name: it may be a supplier''s'
    end as undecided,
    ['distributions', 'edge domain names of API Gateway'] as searched,
    ['distributions of accounts that were not scanned', 'Cognito', 'AppSync', 'Amplify'] as not_searched,
from pointed as p
cross join scan as s
left join former_names as f on f.name = p.target
anti join aws_cloudfront_distribution as d on lower(d.domain_name) = p.target
anti join aws_api_gateway_domain_name as a on lower(a.edge_target) = p.target
