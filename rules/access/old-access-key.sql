-- title: Old access key
-- severity: medium
-- role: access
-- since: "0.1"
-- says: "the access key {name} of {user} is active since {created}, without having been replaced"
-- why: |
--   A key works from anywhere and never ends by itself. The older it is, the more laptops, build logs and
--   chats it has been in, and nobody remembers all the places.
-- fix: |
--   # Make a second key, move every place to it, switch this one off, and watch for a week before it goes:
--   aws iam update-access-key --user-name {user!sh} --access-key-id {id!sh} --status Inactive
-- population: aws_iam_access_key where status = 'Active'
-- params:
--   max_age_days: {default: 90, help: days after which a key is old}
-- evidence:
--   user: whose key it is
--   created: when it was made

select
    k.resource,
    k.user,
    k.create_date as created,
from aws_iam_access_key as k
where k.status = 'Active' and k.create_date < k.seen_at - to_days(cast($max_age_days as integer))
