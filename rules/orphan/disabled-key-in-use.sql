-- title: Key that is switched off while it is in use
-- severity: high
-- role: recovery
-- since: "0.1"
-- says: "the key {name} is switched off, so that {used_by} cannot be read"
-- why: |
--   Whatever is encrypted with it fails when it is next read, started or restored, often long after somebody
--   switched the key off. Its backups are as good as none until it is on again.
-- fix: |
--   # Find out who switched it off and why. This makes it usable again:
--   aws kms enable-key --region {region!sh} --key-id {id!sh}
-- population: aws_kms_key where origin = ''
-- identity: [used_by]
-- evidence:
--   key_state: what AWS says of it
--   used_by: a resource that is encrypted with it
--   used_type: the Terraform type of that

with named as (
    -- a resource may name a key by its id, its ARN or an alias
    select k.resource, k.account, k.region, k.id as name from aws_kms_key as k
    union all
    select a.parent, a.account, a.region, split_part(a.name, '/', -1) from aws_kms_alias as a
)

select distinct
    k.resource, k.key_state, u.resource as used_by, u.type as used_type,
from aws_kms_key as k
join named as n on n.resource = k.resource
join key_uses as u on u.account = n.account and u.region = n.region and u.key = n.name
where k.key_state in ('Disabled', 'Unavailable', 'PendingImport')
