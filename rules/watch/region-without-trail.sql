-- title: Region that no trail records
-- severity: high
-- undecided: undecided
-- role: monitoring
-- since: "0.1"
-- says: "no trail records what is done in {name}: {reason}"
-- why: |
--   After the ninety days of CloudTrail's own event history nobody can say who did what there. Event data stores of
--   CloudTrail Lake are not read.
-- fix: |
--   # One trail of all regions is enough; the bucket here is an example, and its policy must let CloudTrail write:
--   aws cloudtrail create-trail --region {region!sh} --name all-regions --is-multi-region-trail --s3-bucket-name example-trails
--   aws cloudtrail start-logging --region {region!sh} --name all-regions
-- references: [CIS AWS Foundations Benchmark]
-- population: (select min(resource) as resource from aws_cloudtrail_region group by account, region) as regions
-- evidence:
--   reason: that none reaches it, or that those which do are switched off, or may be
--   trails: how many trails reach it
--   reached_by: which
--   undecided: which of them may log all the same; empty where none can

with told as (
    select
        r.resource, r.account, r.region,
        nullif(r.trail, '') as arn,
        r.home_region as home,
        coalesce(t.is_logging, r.is_logging) as is_logging,
    from aws_cloudtrail_region as r
    left join aws_cloudtrail as t on t.resource = r.trail
    where r.trail is not null
)

select
    min(t.resource) as resource,
    case when count(t.arn) = 0 then 'none reaches it'
        when bool_and(t.is_logging is not null) then 'those that reach it are switched off'
        else 'none that reaches it is known to log' end as reason,
    count(t.arn) as trails,
    coalesce(list(distinct t.arn order by t.arn) filter (t.arn is not null), []) as reached_by,
    -- whether a trail logs is read in its home region, and by its ARN where that is another
    'whether ' || min(t.arn) filter (t.is_logging is null) || ' logs was not read; its home is '
        || min_by(t.home, t.arn) filter (t.is_logging is null) as undecided,
from told as t
group by t.account, t.region
having not coalesce(bool_or(t.is_logging), false)
