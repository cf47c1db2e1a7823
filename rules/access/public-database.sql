-- title: Database with a public address
-- severity: high
-- role: access
-- since: "0.1"
-- says: "the database {name} has a public address: {endpoint}"
-- why: |
--   One rule of a security group is all that stands between it and the internet, and that is one click away.
-- fix: |
--   # See first who connects from outside. Declared: publicly_accessible = false, else
--   aws rds modify-db-instance --region {region!sh} --db-instance-identifier {name!sh} --no-publicly-accessible --apply-immediately
-- population: aws_db_instance
-- evidence:
--   endpoint: the address
--   security_groups: the groups that stand before it

select
    d.resource,
    d.endpoint,
    d.vpc_security_group_ids as security_groups,
from aws_db_instance as d
where d.publicly_accessible
