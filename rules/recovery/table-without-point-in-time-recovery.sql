-- title: Table without point-in-time recovery
-- severity: medium
-- role: recovery
-- since: "0.1"
-- says: "the table {name} has no point-in-time recovery: it comes back only as its last backup had it, if it has one"
-- why: |
--   A loop that overwrites the wrong items is enough to lose them: DynamoDB keeps no earlier version of
--   anything by itself.
-- fix: |
--   # Declared: point_in_time_recovery { enabled = true }, else
--   aws dynamodb update-continuous-backups --region {region!sh} --table-name {name!sh} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true
-- population: aws_dynamodb_table
-- varies: [item_count, size_bytes]
-- evidence:
--   item_count: about how many items it holds
--   size_bytes: about how large it is
--   deletion_protection: whether one call can delete it

select
    t.resource,
    t.item_count,
    t.size_bytes,
    t.deletion_protection_enabled as deletion_protection,
from aws_dynamodb_table as t
where not t.point_in_time_recovery_enabled
