-- title: Tainted instance
-- severity: medium
-- severities: severity
-- role: request
-- since: "0.1"
-- says: "{tainted} is tainted: the next apply destroys and replaces {type} {name}"
-- why: |
--   A creation that failed half-way or an operator marked it as damaged. The next apply, whatever
--   it was meant for, destroys it with all it holds.
-- fix: |
--   # If it is sound after all, take the mark off:
--   terraform untaint {tainted!sh}
--   # If it is damaged, save what it holds; this destroys it:
--   terraform apply -target={tainted!sh}
-- population: declared where deposed = ''
-- identity: [tainted]
-- evidence:
--   tainted: the address that is marked
--   state: the state that marks it
--   severity: high for what holds data

select distinct on (d.resource, d.address)
    d.resource,
    d.address as tainted,
    d.source as state,
    case
        when d.type in (
            'aws_db_instance', 'aws_rds_cluster', 'aws_dynamodb_table', 'aws_s3_bucket', 'aws_ebs_volume',
            'aws_efs_file_system', 'aws_elasticache_replication_group', 'aws_kms_key', 'aws_instance'
        ) then 'high'
        else 'medium'
    end as severity,
from declared as d
where d.tainted
    and d.deposed = ''
    and d.resource is not null
    and d.status <> 'missing'
order by d.resource, d.address, d.source
