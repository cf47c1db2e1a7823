-- title: User with two active access keys
-- severity: low
-- role: access
-- since: "0.1"
-- says: "the user {name} has two active access keys, {one} and {other}"
-- why: |
--   Two keys are for the hours in which one replaces the other. Where both stay, the old one is in use
--   somewhere nobody looks, and it cannot be replaced in a hurry because there is no room for a third.
-- fix: |
--   # See which of the two is still used, move that place to the newer one, then switch the older off:
--   aws iam get-access-key-last-used --access-key-id {one!sh}
--   aws iam get-access-key-last-used --access-key-id {other!sh}
-- population: aws_iam_user
-- evidence:
--   one: the first key
--   other: the second key

select
    u.resource,
    one.id as one,
    other.id as other,
from aws_iam_user as u
join aws_iam_access_key as one on one.parent = u.resource
join aws_iam_access_key as other on other.parent = u.resource
where one.status = 'Active' and other.status = 'Active' and one.id < other.id
