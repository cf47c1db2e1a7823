-- title: Snapshot whose volume is gone
-- severity: low
-- role: cost
-- since: "0.1"
-- says: "the snapshot {name} is of the volume {volume_id}, which is gone"
-- why: |
--   It is either the last copy of something, and then somebody should know, or it was forgotten when the
--   volume went, and then it is paid for and may hold data that was to be erased.
-- fix: |
--   # Ask the owner whether it is the last copy: tag it if so. Else this destroys it:
--   aws ec2 delete-snapshot --region {region!sh} --snapshot-id {id!sh}
-- population: aws_ebs_snapshot where origin = ''
-- evidence:
--   volume_id: the volume it was taken of
--   volume_size: in GB
--   description: what it says of itself
--   created_at: when it was taken
--   searched: where a use of it was looked for
--   not_searched: where a use of it may be and nobody looked

select
    s.resource,
    s.volume_id,
    s.volume_size,
    s.description,
    s.created_at,
    ['volumes', 'images'] as searched,
    ['launch templates', 'launch configurations', 'accounts it is shared with', 'whether it is the last copy'] as not_searched,
from aws_ebs_snapshot as s
anti join aws_ebs_volume as v
    on v.account = s.account and v.region = s.region and v.id = s.volume_id
anti join (select a.account, a.region, unnest(a.snapshots) as id from aws_ami as a) as i
    on i.account = s.account and i.region = s.region and i.id = s.id
where s.origin = ''
    -- copied and imported snapshots name a volume that never was
    and not regexp_full_match(s.volume_id, 'vol-f+')
    and not starts_with(coalesce(s.description, ''), 'Created by CreateImage(')
