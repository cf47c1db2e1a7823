-- title: Database without automated backups
-- severity: high
-- role: recovery
-- since: "0.1"
-- says: "the database {name} has no automated backups: it cannot be brought back to any moment"
-- why: |
--   One wrong statement, one failed disk or one wrong click, and what is in it is gone for good.
-- fix: |
--   # Declared: backup_retention_period = 14, else this (a database without backups restarts for it):
--   aws rds modify-db-instance --region {region!sh} --db-instance-identifier {name!sh} --backup-retention-period 14 --apply-immediately
-- population: (select resource from aws_db_instance where replicate_source_db is null) as databases
-- evidence:
--   backup_retention_period: days for which backups are kept
--   engine: what kind of database
--   allocated_storage: in GB
--   searched: where a backup was looked for

select
    d.resource,
    d.backup_retention_period,
    d.engine,
    d.allocated_storage,
    ['automated backups', 'AWS Backup'] as searched,
from aws_db_instance as d
join recovery as b on b.resource = d.resource and b.question = 'backed_up' and b.verdict = 'no'
-- a replica can be made again from what it follows
where d.backup_retention_period = 0 and d.replicate_source_db is null
