-- title: CloudFront distribution that is switched off
-- severity: low
-- role: cost
-- since: "0.1"
-- says: "the distribution {name} is switched off"
-- why: |
--   It answers nobody and holds its names, so that nobody else can serve them. Its origins, certificates and
--   logs are kept for it.
-- fix: |
--   # Ask the owner. The records that point at it go first: orphan/record-to-gone-distribution finds them too late.
--   # Then this destroys it, with the ETag that get-distribution says:
--   aws cloudfront get-distribution --id {id!sh}
-- population: aws_cloudfront_distribution where staging is not true
-- evidence:
--   aliases: the names it holds
--   domain_name: its own name

select
    d.resource, d.aliases, d.domain_name,
from aws_cloudfront_distribution as d
where d.enabled = false and d.staging is not true and d.origin = ''
