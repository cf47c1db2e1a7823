-- title: Instance profile that holds no role
-- severity: low
-- role: access
-- since: "0.1"
-- says: "the instance profile {name} holds no role"
-- why: |
--   An instance that is started with it can do nothing, and says so only in its own log. Whoever puts a role
--   into it gives that role to all of its instances.
-- fix: |
--   # Ask the owner. If no instance should have it, this destroys it:
--   aws iam delete-instance-profile --instance-profile-name {name!sh}
-- population: aws_iam_instance_profile
-- evidence:
--   created_at: when it was made

select
    p.resource,
    p.created_at,
from aws_iam_instance_profile as p
where coalesce(p.role, '') = ''
