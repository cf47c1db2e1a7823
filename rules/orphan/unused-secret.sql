-- title: Secret that nobody has read for a long time
-- severity: low
-- role: cost
-- since: "0.1"
-- says: "the secret {name} was last read at {last_accessed}"
-- why: |
--   It is paid for every month, and the password in it still opens something although nobody needs it.
--   A secret that AWS knows no reading of is not judged here.
-- fix: |
--   # Ask the owner, and end what it opens first. It can be restored for thirty days after this:
--   aws secretsmanager delete-secret --region {region!sh} --secret-id {resource!sh} --recovery-window-in-days 30
-- population: aws_secretsmanager_secret where origin = '' and last_accessed_date is not null
-- params:
--   unused_days: {default: 90, help: days without a reading after which a secret counts as unused}
-- evidence:
--   last_accessed: the day it was last read
--   last_changed: when it was last changed
--   monthly_cost: what it costs a month in USD, use not counted; empty where that is not known

select
    s.resource,
    s.last_accessed_date as last_accessed,
    s.last_changed_date as last_changed,
    s.monthly_cost,
from aws_secretsmanager_secret as s
where s.origin = ''
    and greatest(s.last_accessed_date, s.last_changed_date, s.created_at)
        < s.seen_at - to_days(cast($unused_days as integer))
    and s.last_accessed_date is not null
