-- title: Database whose backups are kept for some days only
-- severity: medium
-- undecided: undecided
-- role: recovery
-- since: "0.1"
-- says: "the backups of the database {name} are kept for {kept} only, and no backup plan takes it"
-- why: |
--   Damage that is noticed after a weekend, or at the end of the month, is then in every backup there is.
-- fix: |
--   # Declared: backup_retention_period, else (of a cluster: modify-db-cluster)
--   aws rds modify-db-instance --region {region!sh} --db-instance-identifier {name!sh} --backup-retention-period 14 --apply-immediately
-- population: (select resource from aws_db_instance where replicate_source_db is null union all select resource from aws_rds_cluster) as databases
-- params:
--   least_days: {default: 7, help: days for which backups should be kept}
-- evidence:
--   kept: for how long, in words
--   backup_retention_period: days for which backups are kept
--   engine: what kind of database
--   undecided: why a plan of AWS Backup may keep more; empty where none does

select
    d.resource,
    d.backup_retention_period || if(d.backup_retention_period = 1, ' day', ' days') as kept,
    d.backup_retention_period,
    d.engine,
    if(p.verdict = 'unknown', p.says, null) as undecided,
from (
    select i.resource, i.backup_retention_period, i.engine from aws_db_instance as i
    where i.replicate_source_db is null
    union all
    select c.resource, c.backup_retention_period, c.engine from aws_rds_cluster as c
) as d
join recovery as p on p.resource = d.resource and p.question = 'planned' and p.verdict <> 'yes'
where d.backup_retention_period > 0 and d.backup_retention_period < $least_days
