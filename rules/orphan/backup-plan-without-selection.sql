-- title: Backup plan that backs up nothing
-- severity: medium
-- role: recovery
-- since: "0.1"
-- says: "the backup plan {name} selects nothing"
-- why: |
--   Whoever sees the plan believes that something is backed up. Nothing is.
-- fix: |
--   # `not_searched` says where nobody looked: look there and ask the owner. Select what it was made for, or take it away; this destroys it:
--   aws backup delete-backup-plan --region {region!sh} --backup-plan-id {id!sh}
-- population: aws_backup_plan where origin = ''
-- evidence:
--   created_at: when it was made
--   last_execution: when it last ran
--   searched: where a use of it was looked for
--   not_searched: what can use it and is not read

select
    p.resource, p.created_at, p.last_execution,
    ['selections'] as searched,
    ['policies of the organization that bring selections of their own'] as not_searched,
from aws_backup_plan as p
anti join aws_backup_selection as s on s.parent = p.resource
where p.origin = ''
