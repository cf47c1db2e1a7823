-- title: File system without automatic backups
-- severity: medium
-- role: recovery
-- since: "0.1"
-- says: "the file system {name} has no automatic backups"
-- why: |
--   Every machine that mounts it can delete everything in it, and files that were deleted are gone at once.
-- fix: |
--   # Declared: aws_efs_backup_policy, else
--   aws efs put-backup-policy --region {region!sh} --file-system-id {id!sh} --backup-policy Status=ENABLED
-- population: aws_efs_file_system
-- varies: [size_bytes]
-- evidence:
--   backup_status: what AWS says
--   size_bytes: how much is in it
--   searched: where a backup was looked for

select
    f.resource,
    f.backup_status,
    f.size_bytes,
    ['automatic backups', 'AWS Backup'] as searched,
from aws_efs_file_system as f
join recovery as b on b.resource = f.resource and b.question = 'backed_up' and b.verdict = 'no'
where f.backup_status in ('DISABLED', 'DISABLING')
