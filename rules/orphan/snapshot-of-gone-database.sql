-- title: Database snapshot whose database is gone
-- severity: low
-- role: cost
-- since: "0.1"
-- says: "the snapshot {name} is of the database {database}, which is gone"
-- why: |
--   It is either the last copy of something, and then somebody should know, or it was forgotten, and then it
--   is paid for and may hold data that was to be erased.
-- fix: |
--   # Ask the owner whether it is the last copy: tag it if so. Else this destroys it:
--   aws rds delete-db-snapshot --region {region!sh} --db-snapshot-identifier {name!sh}
-- population: aws_db_snapshot where origin = ''
-- evidence:
--   database: the database it was taken of
--   engine: what it ran
--   allocated_storage: in GB
--   created_at: when it was taken
--   searched: where the database was looked for
--   not_searched: where a use of it may be and nobody looked

select
    s.resource,
    s.db_instance_identifier as database,
    s.engine,
    s.allocated_storage,
    s.created_at,
    ['databases'] as searched,
    ['databases of other regions and accounts that were copied from', 'whether it is the last copy'] as not_searched,
from aws_db_snapshot as s
anti join aws_db_instance as d
    on d.account = s.account and d.region = s.region and d.identifier = s.db_instance_identifier
where s.origin = '' and s.db_instance_identifier <> ''
