-- title: Database in one zone only
-- severity: low
-- role: recovery
-- since: "0.1"
-- status: preview
-- says: "the database {name} runs in one zone only: when that fails, it is down"
-- why: |
--   AWS loses a zone now and then, for hours. What runs in two goes on; this has to be brought back from its
--   backups first.
-- fix: |
--   # Costs about twice as much. Declared: multi_az = true, else (of a cluster: add an instance in another zone)
--   aws rds modify-db-instance --region {region!sh} --db-instance-identifier {name!sh} --multi-az --apply-immediately
-- population: (select resource from aws_db_instance where replicate_source_db is null union all select resource from aws_rds_cluster) as databases
-- evidence:
--   engine: what kind of database
--   members: how many instances it has
--   zone: where it runs, if it is one instance

select
    d.resource,
    d.engine,
    d.members,
    d.zone,
from (
    select i.resource, i.engine, 1 + len(coalesce(i.replicas, [])) as members, i.availability_zone as zone, i.multi_az
    from aws_db_instance as i where i.replicate_source_db is null
    union all
    select c.resource, c.engine, len(c.members), null, coalesce(c.multi_az, false) from aws_rds_cluster as c
) as d
where not d.multi_az and d.members = 1
