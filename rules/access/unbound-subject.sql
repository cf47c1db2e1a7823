-- title: Role that any subject of an identity provider may assume
-- severity: critical
-- severities: severity
-- role: access
-- since: "0.1"
-- says: "{provider} lets whoever it signs for assume the role {name}: no subject is asked for, or one that anybody can have"
-- why: |
--   The token's audience is the same for everybody who uses the provider. Only its subject says whose pipeline it is,
--   and this trust asks for none, or for any.
-- fix: |
--   # Ask in the trust for the subject too: StringEquals PROVIDER:sub with the repository and branch that are meant.
--   aws iam update-assume-role-policy --role-name {name!sh} --policy-document file://trust.json
-- references: [GitHub Docs, configuring OpenID Connect in Amazon Web Services]
-- population: aws_iam_role where origin = ''
-- identity: [provider]
-- evidence:
--   provider: the identity provider
--   kinds: what the trust asks for
--   subjects: the subjects that it lets in, as written
--   severity: critical where the provider signs for the whole world, else medium

select distinct on (t.resource, t.principal)
    t.resource,
    t.principal as provider,
    t.kinds,
    t.subjects,
    case
        when regexp_matches(t.principal, 'github|gitlab|bitbucket|circleci|buildkite|terraform\.io') then 'critical'
        else 'medium'
    end as severity,
from trusts as t
join aws_iam_role as r on r.resource = t.resource
where t.kind = 'role' and r.origin = ''
    and t.principal_type = 'Federated' and contains(t.principal, ':oidc-provider/')
    and t.conditional
    and (t.ends is null or t.ends > r.seen_at)
    and 'sts:assumerolewithwebidentity' glob t.action
    and (
        not list_contains(t.kinds, 'subject')
        -- any organization's, or that of any whose name begins so: anybody can take such a name
        or len(list_filter(
            t.subjects, lambda s: regexp_full_match(s, '\*+.*|[a-z_]+:\*+.*|(repo|project_path):[^/:]*[*?].*')
        )) > 0
    )
order by t.resource, t.principal, t.action
