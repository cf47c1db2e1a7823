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

with named as (
    -- a resource may name a key by its id, its ARN or an alias
    select k.resource, k.account, k.region, k.id as name from aws_kms_key as k
    union all
    select a.parent, a.account, a.region, split_part(a.name, '/', -1) from aws_kms_alias as a
)

select distinct
    k.resource, k.deletion_date, u.resource as used_by, u.type as used_type,
from aws_kms_key as k
join named as n on n.resource = k.resource
join key_uses as u on u.account = n.account and u.region = n.region and u.key = n.name
where k.key_state in ('PendingDeletion', 'PendingReplicaDeletion')
