-- title: Permission to become administrator
-- severity: high
-- severities: severity
-- role: access
-- since: "0.1"
-- says: "{principal_name} may {does}, and with that become more than it was made"
-- why: |
--   With these actions one rewrites a policy, takes over a principal, or runs code as a role that may more. Where that
--   ends at an administrator it is as good as AdministratorAccess, but no list of administrators shows it.
-- fix: |
--   # The shortest way, hop by hop: watchbill explain, with this finding's fingerprint.
--   # Name the policies, users or roles that are meant as Resource, and iam:PassedToService for iam:PassRole.
--   # See what the actions are used for first:
--   aws iam generate-service-last-accessed-details --arn {principal!sh} --granularity ACTION_LEVEL
-- references: [pathfinding.cloud, Rhino Security Labs AWS privilege escalation methods]
-- population: (select resource from aws_iam_role where origin = '' union all select resource from aws_iam_user union all select resource from aws_iam_group) as principals
-- undecided: unknown
-- varies: [ways, target, hops]
-- evidence:
--   principal: who holds it
--   principal_name: its name
--   does: the shortest way, in words
--   document: the policy that allows it, or whose trust lets it
--   actions: what it takes, all of it allowed
--   target: whom or what it is done to
--   service: the service that a role is passed to, or that carries it
--   hops: how many such steps it is to an administrator
--   needs: what it takes besides, and is not known here
--   gives: what it ends at, administrator or another role
--   ways: how many ways of that length there are
--   unread: layers of policies that were not read and may take it away, as those of the organization
--   unknown: why it is not known, where it is not
--   severity: high where it surely ends at an administrator, else medium

with principals as (
    select r.resource from aws_iam_role as r where r.origin = ''
    union all select u.resource from aws_iam_user as u
    union all select g.resource from aws_iam_group as g
)
select distinct on (resource)
    coalesce(w.mended_in, w.principal) as resource,
    w.principal,
    regexp_extract(w.principal, '[^/:]+$') as principal_name,
    w.says as does,
    coalesce(w.documents[1], w.target) as document,
    w.actions, w.target, w.service, w.hops, w.needs, w.gives, w.ways,
    if(len(w.unread) > 0, w.unread, null) as unread,
    if(w.verdict = 'unknown', 'a policy that it holds, or that caps it, could not be read', null) as unknown,
    if(w.verdict = 'yes' and w.gives = 'administrator', 'high', 'medium') as severity,
from paths as w
join principals as p on p.resource = w.principal
order by resource, w.hops, w.verdict desc, w.method, w.principal
