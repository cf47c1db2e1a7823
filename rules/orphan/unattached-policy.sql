-- title: Policy that is attached to nobody
-- severity: low
-- role: access
-- since: "0.1"
-- says: "the policy {name} is attached to nobody"
-- why: |
--   Nobody reviews what it allows, because nobody has it. Attaching it is one call, and whoever does so
--   will believe that it was made with care.
-- fix: |
--   # Ask the owner whether it is kept for emergencies. If not, this destroys it:
--   aws iam delete-policy --policy-arn {resource!sh}
-- population: aws_iam_policy where origin = ''
-- evidence:
--   created_at: when it was made
--   updated: when it was last changed
--   versions: how many versions of it are kept
--   searched: where a use of it was looked for
--   not_searched: where a use of it may be and nobody looked

select
    p.resource,
    p.created_at,
    p.update_date as updated,
    p.version_count as versions,
    ['users, groups and roles', 'permission boundaries'] as searched,
    ['permission sets of Identity Center', 'policies of service control'] as not_searched,
from aws_iam_policy as p
-- a boundary is attached to nobody and in use
anti join aws_iam_role as r on r.permissions_boundary = p.resource
anti join aws_iam_user as u on u.permissions_boundary = p.resource
where p.origin = '' and p.attachment_count = 0 and coalesce(p.boundary_usage_count, 0) = 0
