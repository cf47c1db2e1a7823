-- title: Volume that is attached to nothing
-- severity: low
-- severities: severity
-- role: cost
-- since: "0.1"
-- says: "the volume {name} of {size} GB is attached to nothing"
-- why: |
--   It is paid for by size whether it is used or not, and it holds data that nobody has in mind when
--   disks are encrypted, copied or shared.
-- fix: |
--   # Ask the owner. A snapshot keeps the data at a fraction of the price:
--   aws ec2 create-snapshot --region {region!sh} --volume-id {id!sh}
--   # When the snapshot is completed, this destroys the volume:
--   aws ec2 delete-volume --region {region!sh} --volume-id {id!sh}
-- population: aws_ebs_volume where origin = ''
-- evidence:
--   size: in GB
--   created_at: when it was made
--   snapshot_id: the snapshot it was made from, if any
--   monthly_cost: what it costs a month in USD, use not counted; empty where that is not known
--   severity: medium from 250 GB

select
    v.resource,
    v.size,
    v.created_at,
    v.snapshot_id,
    v.monthly_cost,
    if(v.size >= 250, 'medium', 'low') as severity,
from aws_ebs_volume as v
where v.state = 'available' and v.origin = '' and len(v.attachments) = 0
