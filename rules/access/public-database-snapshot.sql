-- title: Database snapshot that everybody may copy
-- severity: critical
-- role: access
-- since: "0.1"
-- says: "everybody with an AWS account may copy the snapshot {name} of {of}"
-- why: |
--   It is a whole database, in public. There are people who do nothing but look for new public snapshots.
-- fix: |
--   # This takes it out of the public; then find out who put it there, and since when.
--   aws rds modify-db-snapshot-attribute --region {region!sh} --db-snapshot-identifier {id!sh} --attribute-name restore --values-to-remove all
-- population: aws_db_snapshot
-- evidence:
--   of: the database it was taken of
--   engine: what kind of database
--   encrypted: whether it is encrypted
--   created_at: when it was taken

select
    s.resource,
    s.db_instance_identifier as of,
    s.engine,
    s.encrypted,
    s.created_at,
from aws_db_snapshot as s
where list_contains(s.shared_accounts, 'all')
