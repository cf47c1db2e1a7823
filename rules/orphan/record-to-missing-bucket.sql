-- title: DNS record that points at a bucket that none of our accounts has
-- severity: critical
-- undecided: undecided
-- everywhere: true
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
-- population: aws_route53_record where not private and target is not null
-- evidence:
--   bucket: the bucket that would have to answer
--   target: the name the record points at
--   was: the bucket of ours that was called so, as an earlier scan saw it or a state has it
--   undecided: why it may be there after all; empty where it cannot
--   searched: where the bucket was looked for
--   not_searched: where it may be

with pointed as (
    -- S3 answers a website's alias for the bucket that is called as the record is
    select r.resource, r.target, if(starts_with(r.target, 's3-website'), r.host,
        regexp_extract(r.target, '^(.+)\.s3(-website)?([.-][a-z0-9-]+)?\.amazonaws\.com$', 1)) as bucket
    from aws_route53_record as r
    where not r.private and regexp_full_match(r.target, '(.+\.)?s3(-website)?([.-][a-z0-9-]+)?\.amazonaws\.com')
)

select
    p.resource, p.bucket, p.target, f.resource as was,
    case when not list_contains(s.accounts, f.account) then 'account ' || f.account || ' was not scanned'
        when f.resource is null then s.accounts_gap end as undecided,
    ['buckets of the scanned accounts'] as searched,
    ['buckets of accounts that were not scanned'] as not_searched,
from pointed as p
cross join scan as s
left join former_names as f on f.name = 's3 ' || p.bucket
anti join aws_s3_bucket as b on b.name = p.bucket or b.id = p.bucket
where p.bucket <> ''
