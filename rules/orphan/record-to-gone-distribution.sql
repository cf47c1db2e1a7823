-- title: DNS record that points at a CloudFront distribution that is gone
-- severity: high
-- severities: severity
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
--   was: what of ours was reached by that name, as an earlier scan saw it
--   severity: critical where it was ours and all accounts we know of, of several, were scanned
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
    case when f.resource is null then 'medium' when len(s.accounts) > 1 then 'critical' else 'high' end
        as severity,
    case
        when not list_has_all(s.accounts, s.own_accounts) then 'account '
            || list_filter(s.own_accounts, lambda a: not list_contains(s.accounts, a))[1] || ' was not scanned'
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
