-- title: User who was put into a group by hand
-- severity: high
-- role: access
-- since: "0.1"
-- says: "{name} was put into the group {group} by hand: no state declares it"
-- why: |
--   Being in the group is having everything that it has. The configuration says who should be in it, and this user is not
--   among them; an apply may not take the user out again.
-- fix: |
--   # Find who did it and why. Wanted: declare it. Not wanted: this takes the user out.
--   aws iam remove-user-from-group --user-name {name!sh} --group-name {group!sh}
-- population: aws_iam_user where class = 'declared' or len(groups) > 0
-- identity: [group]
-- evidence:
--   group: the group
--   gains: what the group allows, the widest first
--   declared_at: where the group's members are declared, or nothing

select
    c.resource,
    g.name as group,
    c.gains,
    c.address as declared_at,
from grant_changes as c
join aws_iam_group as g on g.resource = c.document
where c.change = 'membership'
