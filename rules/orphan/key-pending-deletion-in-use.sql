-- title: Key that will be deleted while it is in use
-- severity: critical
-- role: recovery
-- since: "0.1"
-- says: "the key {name} is deleted at {deletion_date}, and then {used_by} can never be read again"
-- why: |
--   AWS keeps no copy of a key. Once it is gone, everything encrypted with it is lost for good, backups and
--   snapshots included.
-- fix: |
--   # Stop the deletion now and make the key usable again; then find out who wanted it to go.
--   aws kms cancel-key-deletion --region {region!sh} --key-id {id!sh}
--   aws kms enable-key --region {region!sh} --key-id {id!sh}
-- population: aws_kms_key where origin = ''
-- identity: [used_by]
-- evidence:
--   deletion_date: when AWS deletes it
--   used_by: a resource that is encrypted with it
--   used_type: the Terraform type of that

with uses as (
    select q.resource, q.type, q.account, q.region, q.kms_master_key_id as key from aws_sqs_queue as q
    union all select t.resource, t.type, t.account, t.region, t.kms_master_key_id from aws_sns_topic as t
    union all select s.resource, s.type, s.account, s.region, s.kms_key_id from aws_secretsmanager_secret as s
    union all select d.resource, 'aws_dynamodb_table', d.account, d.region, d.kms_key from aws_dynamodb_table as d
    union all select i.resource, i.type, i.account, i.region, i.kms_key_id from aws_db_instance as i
    union all select c.resource, c.type, c.account, c.region, c.kms_key_id from aws_rds_cluster as c
    union all select n.resource, n.type, n.account, n.region, n.kms_key_id from aws_db_snapshot as n
    union all select b.resource, b.type, b.account, b.region, b.kms_key from aws_s3_bucket as b
    union all select v.resource, 'aws_ebs_volume', v.account, v.region, v.kms_key_id from aws_ebs_volume as v
    union all select s.resource, s.type, s.account, s.region, s.kms_key_id from aws_ebs_snapshot as s
    union all select e.resource, e.type, e.account, e.region, e.kms_key_id from aws_efs_file_system as e
    union all select l.resource, l.type, l.account, l.region, l.kms_key_id from aws_cloudwatch_log_group as l
    union all select t.resource, t.type, t.account, t.region, t.kms_key_id from aws_cloudtrail as t
    union all select k.resource, k.type, k.account, k.region, k.kms_key_id from aws_kinesis_stream as k
    union all select p.resource, 'aws_ssm_parameter', p.account, p.region, p.key_id from aws_ssm_parameter as p
), names as (
    -- a resource may name a key by its id, its ARN or an alias
    select k.resource, k.account, k.region, k.id as name from aws_kms_key as k
    union all
    select a.parent, a.account, a.region, split_part(a.name, '/', -1) from aws_kms_alias as a
)

select distinct
    k.resource, k.deletion_date, u.resource as used_by, u.type as used_type,
from aws_kms_key as k
join names as n on n.resource = k.resource
join uses as u on u.account = n.account and u.region = n.region and split_part(split_part(u.key, '/', -1), ':', -1) = n.name
where k.key_state in ('PendingDeletion', 'PendingReplicaDeletion')
