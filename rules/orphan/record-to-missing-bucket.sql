-- title: DNS record that points at a bucket that none of our accounts has
-- severity: high
-- severities: severity
-- role: request
-- since: "0.1"
-- says: "the record {name} points at the bucket {bucket}, which no account that was scanned has"
-- why: |
--   Bucket names are anybody's: whoever makes the bucket answers in our name, with pages, cookies and
--   certificates for it, and need ask nobody. If the bucket is there, it is somebody else's already.
-- fix: |
--   # 404 says that anybody can take the name, 403 that another account has it: find out whether that is ours.
--   aws s3api head-bucket --bucket {bucket!sh}
--   # If it is not, take the record out of its configuration; then
--   terraform plan
-- population: aws_route53_record where not private and (contains(name, ' CNAME') or alias_target is not null)
-- evidence:
--   bucket: the bucket that would have to answer
--   target: the name the record points at
--   severity: critical where all accounts we know of were scanned and there are several
--   searched: where the bucket was looked for
--   not_searched: where it may be

with named as (
    select r.resource, r.account, r.region, lower(split_part(r.name, ' ', 1)) as name,
        lower(trim(coalesce(r.alias_target, if(split_part(r.name, ' ', 2) = 'CNAME', r.values[1], null)), '.'))
            as target
    from aws_route53_record as r
    where not r.private
), pointed as (
    -- S3 answers a website's alias for the bucket that is called as the record is
    select n.resource, n.target, if(starts_with(n.target, 's3-website'), n.name,
        regexp_extract(n.target, '^(.+)\.s3(-website)?([.-][a-z0-9-]+)?\.amazonaws\.com$', 1)) as bucket
    from named as n
    where regexp_full_match(n.target, '(.+\.)?s3(-website)?([.-][a-z0-9-]+)?\.amazonaws\.com')
)

select
    p.resource, p.bucket, p.target,
    if(len(s.accounts) > 1 and len(list_filter(s.own_accounts, lambda a: not list_contains(s.accounts, a))) = 0,
        'critical', 'high') as severity,
    ['buckets of the scanned accounts'] as searched,
    ['buckets of accounts that were not scanned'] as not_searched,
from pointed as p
cross join scan as s
anti join aws_s3_bucket as b on b.name = p.bucket or b.id = p.bucket
where p.bucket <> ''
