-- title: File system that nobody can reach
-- severity: low
-- role: cost
-- since: "0.1"
-- varies: [size_bytes]
-- says: "the file system {name} has no mount target, so nobody can reach it"
-- why: |
--   What it holds is paid for, and nothing can read or write it. Its data may be the last copy of something.
-- fix: |
--   # Ask the owner whether its data is still wanted. If not, this destroys it:
--   aws efs delete-file-system --region {region!sh} --file-system-id {id!sh}
-- population: aws_efs_file_system
-- evidence:
--   size_bytes: how much it holds
--   created_at: when it was made

select
    f.resource,
    f.size_bytes,
    f.created_at,
from aws_efs_file_system as f
where f.mount_targets = 0 and f.state = 'available'
