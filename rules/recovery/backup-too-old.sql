-- title: Backup that is older than it may be
-- severity: high
-- role: recovery
-- since: "0.1"
-- says: "what {name} holds would not come back as promised: {reason}"
-- why: |
--   Somebody decided how much may be lost of it. If it were lost now, more would be, and nobody would know before.
-- fix: |
--   # See why the last backups failed, then make one now; for AWS Backup:
--   aws backup list-backup-jobs --region {region!sh} --by-resource-arn {resource!sh} --max-results 10
-- population: (select distinct resource from recovery where question = 'recent') as stores
-- varies: [reason, newest]
-- evidence:
--   reason: how old its newest backup is, and how old it may be
--   newest: when that was made, if there is one

select
    r.resource,
    r.says as reason,
    r.moment as newest,
from recovery as r
where r.question = 'recent' and r.verdict = 'no'
