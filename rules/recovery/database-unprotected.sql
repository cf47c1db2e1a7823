-- title: Database that one call deletes
-- severity: high
-- role: recovery
-- since: "0.1"
-- says: "one call deletes the database {name}: its deletion protection is off"
-- why: |
--   A mistaken apply, a script with the wrong name or a stolen key removes it, and its automated backups go
--   with it unless somebody asks for a last snapshot.
-- fix: |
--   # Declared: deletion_protection = true, else
--   aws rds {modify!sh} --region {region!sh} {named!sh} {name!sh} --deletion-protection
-- population: (select resource from aws_db_instance where replicate_source_db is null union all select resource from aws_rds_cluster) as databases
-- evidence:
--   engine: what kind of database
--   backup_retention_period: days for which backups are kept
--   modify: the command that changes it
--   named: how that command is told which

select
    d.resource,
    d.engine,
    d.backup_retention_period,
    d.modify,
    d.named,
from (
    select i.resource, i.engine, i.backup_retention_period, i.deletion_protection,
        'modify-db-instance' as modify, '--db-instance-identifier' as named
    from aws_db_instance as i where i.replicate_source_db is null
    union all
    select c.resource, c.engine, c.backup_retention_period, c.deletion_protection,
        'modify-db-cluster', '--db-cluster-identifier'
    from aws_rds_cluster as c
) as d
where not d.deletion_protection
