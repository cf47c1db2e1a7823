-- title: Snapshot whose image is gone
-- severity: low
-- role: cost
-- since: "0.1"
-- says: "the snapshot {name} was made for the image {image}, which is gone"
-- why: |
--   Deregistering an image leaves its snapshots, which are paid for and hold whatever was on the disk: old
--   software, and sometimes secrets. Nobody looks for them once the image is no longer in the list.
-- fix: |
--   # `not_searched` says where nobody looked: look there and ask the owner whether it is the last copy. Else this destroys it:
--   aws ec2 delete-snapshot --region {region!sh} --snapshot-id {id!sh}
-- references: ["AWS's descriptions of what CreateImage and CopyImage make"]
-- population: aws_ebs_snapshot where origin = ''
-- evidence:
--   image: the image it was made for, by its description
--   volume_size: in GB
--   created_at: when it was taken
--   searched: where a use of it was looked for
--   not_searched: where a use of it may be and nobody looked

with made as (
    select s.resource, s.account, s.region, s.id, s.origin, s.volume_size, s.created_at, regexp_extract(s.description,
        '^(?:Created by CreateImage[(][^)]*[)] for|Copied for DestinationAmi) (ami-[0-9a-f]+)', 1) as image
    from aws_ebs_snapshot as s
)

select
    m.resource,
    m.image,
    m.volume_size,
    m.created_at,
    ['images, disabled ones too'] as searched,
    ['launch templates', 'launch configurations', 'accounts it is shared with', 'the recycle bin',
        'whether it is the last copy'] as not_searched,
from made as m
anti join aws_ami as a on a.account = m.account and a.region = m.region and a.id = m.image
-- another image may have been registered from it
anti join (select x.account, x.region, unnest(x.snapshots) as id from aws_ami as x) as i
    on i.account = m.account and i.region = m.region and i.id = m.id
where m.origin = '' and m.image <> ''
