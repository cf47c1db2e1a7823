-- title: Role that a repository of somebody else may assume
-- severity: high
-- role: access
-- since: "0.1"
-- says: "the role {name} may be assumed from {one}, which is no repository of yours"
-- why: |
--   Whoever can push there, or runs its pipeline, acts in this account. A name that was left behind, by a rename or a fork, can be
--   taken by anybody.
-- fix: |
--   # Take it out of the trust, or add it to `repositories` if it is yours:
--   aws iam update-assume-role-policy --role-name {name!sh} --policy-document file://trust.json
-- references: [GitHub Docs, configuring OpenID Connect in Amazon Web Services]
-- population: aws_iam_role where origin = ''
-- identity: [provider]
-- params:
--   repositories: {default: [], help: 'your repositories as the identity provider names them, such as acme/*; without any nothing is asked'}
-- evidence:
--   provider: the identity provider
--   one: the first of them
--   strangers: the repositories that the trust names and that are not yours
--   subjects: the subjects that it lets in, as written

with named as (
    select t.resource, t.principal, t.subjects, regexp_extract(s.subject, '^(?:repo|project_path):([^:]+)', 1) as repository
    from trusts as t, unnest(t.subjects) as s (subject)
    where t.kind = 'role' and t.principal_type = 'Federated' and contains(t.principal, ':oidc-provider/')
        and (t.ends is null or t.ends > (select max(x.seen_at) from scan as x))
        and 'sts:assumerolewithwebidentity' glob t.action
)

select
    n.resource,
    n.principal as provider,
    min(n.repository) as one,
    list(distinct n.repository order by n.repository) as strangers,
    any_value(n.subjects order by n.subjects) as subjects,
from named as n
join aws_iam_role as r on r.resource = n.resource
where r.origin = '' and n.repository <> ''
    and len($repositories) > 0
    and len(list_filter($repositories, lambda p: n.repository glob p)) = 0
    -- one that anybody can have is told as that
    and not regexp_matches(n.repository, '^[^/]*[*?]')
group by n.resource, n.principal
