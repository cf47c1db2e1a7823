-- One row a principal that may do $action (lower case) on $resource (or, where that is ``, on anything), or of which that
-- is not known. `verdict` is yes, conditional or unknown; whoever may not has no row. `unread` names the layers of policies
-- that were not read and may take away what the others give; $guarded: resource control policies know the action's service.
with fitting as materialized (
    select distinct p.pattern from action_patterns as p where $action glob replace(p.pattern, '[', '[[]')
    union all
    select unnest(['*', '*:*'])
), named as materialized (
    select x.digest, x.number, x.scope, x.not_actions from statement_actions as x semi join fitting on fitting.pattern = x.pattern
), apt as materialized (
    select n.digest, n.scope from named as n where not n.not_actions
    union
    select x.digest, x.scope
    from statement_actions as x anti join named as n on n.digest = x.digest and n.number = x.number
    where x.not_actions
), scopes as materialized (
    select s.* from statement_scopes as s semi join apt as a on a.scope = s.scope
), hit as (
    select distinct u.scope
    from (select s.scope, unnest(s.targets) as target from scopes as s) as u
    where $resource glob replace(regexp_replace(u.target, '\$\{[^}]*\}', '*', 'g'), '[', '[[]')
), telling as (
    select
        s.scope, s.effect = 'Allow' as allow, s.ends, s.kinds, s.targets,
        s.conditional or s.passed_to is not null
            or len(list_filter(s.targets, lambda t: contains(t, '${'))) > 0 as conditional,
        not s.not_targets and len(list_filter(s.targets, lambda t: t in ('*', '**'))) > 0 as everywhere
    from scopes as s
    left join hit as h on h.scope = s.scope
    where (s.ends is null or s.ends > cast($now as timestamp))
        and (s.starts is null or s.starts <= cast($now as timestamp))
        and ($resource = '' or s.not_targets = (h.scope is null))
), said as materialized (
    select a.digest, t.* exclude (scope) from apt as a join telling as t on t.scope = a.scope
), held as (
    select g.principal, g.document, g.via, g.through, g.doubt, said.*
    from grants as g join said on said.digest = g.digest
    where g.via in ('inline', 'attached', 'group', 'permission_set', 'boundary')
), denied as (
    select h.principal, bool_or(not h.conditional) as surely
    from held as h
    where not h.allow and ($resource <> '' or h.everywhere)
    group by h.principal
), capped as (
    select g.principal, bool_or(g.digest is null) as unread
    from grants as g where g.via = 'boundary'
    group by g.principal
), within as (
    select h.principal, bool_or(not h.conditional) as surely from held as h where h.allow and h.via = 'boundary' group by h.principal
), doubtful as (
    select distinct g.principal from grants as g where g.doubt
), trusting as (
    -- a role is assumed by those that its trust lets in, whatever they may themselves
    select t.principal, t.account, t.conditional, t.refused
    from trusts as t
    where t.resource = $resource and t.kind = 'role' and $action glob t.action
), forbidden as (
    select g.account, bool_or(not s.conditional) as surely
    from guardrails as g join said as s on s.digest = g.digest
    where g.binds = 'own' and not s.allow and ($resource <> '' or s.everywhere)
    group by g.account
), rails as (
    -- of each account whether some level of its organization allows nothing, or only under conditions
    select
        l.account, bool_or(not l.allows and not l.unread) as dead, bool_or(not l.surely) as doubt,
        bool_or(l.unread) as unread
    from (
        select
            g.account, g.level, bool_or(coalesce(s.allow, false)) as allows, bool_or(g.digest is null) as unread,
            bool_or(coalesce(s.allow and not s.conditional and ($resource <> '' or s.everywhere), false)) as surely
        from guardrails as g left join said as s on s.digest = g.digest and s.allow
        where g.binds = 'own'
        group by g.account, g.level
    ) as l
    group by l.account
), home as materialized (
    -- whose the resource is; an ARN of S3 does not say
    select coalesce(
        nullif(split_part($resource, ':', 5), ''),
        (select min(b.account) from resources as b where b.arn = regexp_extract($resource, '^arn:[^:]+:s3:::[^/]+'))
    ) as account
), withheld as materialized (
    -- what resource control policies deny there
    select g.binds, bool_or(s.digest is not null and not s.conditional) as surely, bool_or(g.digest is null) as unread
    from guardrails as g join home on home.account = g.account left join said as s on s.digest = g.digest and not s.allow
    where g.binds <> 'own' and $guarded and (g.digest is null or s.digest is not null)
    group by g.binds
), insiders as materialized (
    -- accounts of one organization have one root
    select home.account from home
    union
    select y.account
    from home join guardrails as x on x.account = home.account and x.level = 0
    join guardrails as y on y.level = 0 and y.target = x.target
), unseen as materialized (
    select g.account, list_sort(list(g.layer)) as layers
    from guarded_accounts as g
    where g.state = 'unread' and (g.layer = 'service control policies' or ($guarded and $resource = ''))
    group by g.account
), beyond as materialized (
    -- of the account that has the resource, whoever asks
    select if(
        $guarded and $resource <> '' and not exists (
            from guarded_accounts as g
            where g.account = home.account and g.layer = 'resource control policies' and g.state <> 'unread'
        ), ['resource control policies'], []
    ) as layers
    from home
), allowed as (
    select
        h.principal,
        list_sort(list(distinct h.document)) as documents,
        list_sort(list(distinct h.via)) as via,
        bool_and(h.conditional) as conditional,
        list_sort(list_distinct(flatten(list(h.kinds)))) as kinds,
        list_sort(list_distinct(flatten(list(h.targets)))) as targets,
        max(h.ends) filter (h.ends is not null) as ends
    from held as h
    where h.allow and h.via <> 'boundary'
    group by h.principal
)
select
    a.principal, a.documents, a.via, a.kinds, a.targets, a.ends,
    list_concat(coalesce(u.layers, []), beyond.layers) as unread,
    case
        when f.principal is not null or c.unread or r.unread or e.unread then 'unknown'
        when a.conditional or r.doubt or n.account is not null or e.binds is not null or o.binds is not null then 'conditional'
        when d.principal is not null or (c.principal is not null and not w.surely) then 'conditional'
        else 'yes'
    end as verdict,
    case len(coalesce(u.layers, [])) + len(beyond.layers)
        when 0 then ''
        when 1 then 'a ' || replace(list_concat(u.layers, beyond.layers)[1], 'policies', 'policy') || ' denies it'
        else 'a service control policy or a resource control policy denies it'
    end as unless
from allowed as a
cross join beyond
left join denied as d on d.principal = a.principal
left join capped as c on c.principal = a.principal
left join within as w on w.principal = a.principal
left join doubtful as f on f.principal = a.principal
-- roles of AWS's services are not held back by an organization
left join unseen as u on u.account = split_part(a.principal, ':', 5) and not contains(a.principal, ':role/aws-service-role/')
left join rails as r on r.account = split_part(a.principal, ':', 5) and not contains(a.principal, ':role/aws-service-role/')
left join forbidden as n on n.account = r.account
left join withheld as e on e.binds = 'everybody' and not contains(a.principal, ':role/aws-service-role/')
left join insiders as i on i.account = split_part(a.principal, ':', 5)
left join withheld as o on o.binds = 'others' and i.account is null and not contains(a.principal, ':role/aws-service-role/')
where not coalesce(d.surely, false) and not coalesce(n.surely, false) and not coalesce(r.dead, false) and not coalesce(e.surely, false)
    and (c.principal is null or c.unread or w.principal is not null)
    -- another account's principals need the resource's own word too
    and (
        split_part($resource, ':', 5) in ('', split_part(a.principal, ':', 5))
        or exists (from trusts as t where t.resource = $resource and t.account = split_part(a.principal, ':', 5))
    )
    and (
        not starts_with($action, 'sts:assumerole')
        or not exists (from trusts as r where r.resource = $resource and r.kind = 'role')
        or exists (
            from trusting as t
            where (t.principal in ('*', a.principal) or t.principal = split_part(a.principal, ':', 5))
                and not list_has_any(t.refused, ['*', a.principal, split_part(a.principal, ':', 5)])
        )
    )
    -- what a key allows its account, its own policy has to say
    and (
        not starts_with($action, 'kms:')
        or not exists (from trusts as k where k.resource = $resource and k.kind = 'key')
        or exists (
            from trusts as k
            where k.resource = $resource and k.kind = 'key' and k.principal in ('*', split_part(a.principal, ':', 5))
                and $action glob k.action
        )
    )
union all
select
    t.principal, [$resource], ['resource_policy'], list_sort(list_distinct(flatten(list(t.kinds)))), [$resource],
    max(t.ends) filter (t.ends is not null), any_value(beyond.layers),
    case
        when bool_or(e.unread) then 'unknown'
        when bool_and(t.conditional) or bool_or(e.binds is not null) or bool_and(o.binds is not null) then 'conditional'
        else 'yes'
    end,
    if(len(any_value(beyond.layers)) > 0, 'a resource control policy denies it', '')
from trusts as t
cross join beyond
left join withheld as e on e.binds = 'everybody'
left join insiders as i on i.account = t.account
left join withheld as o on o.binds = 'others' and i.account is null
where t.resource <> '' and t.resource = $resource and $action glob t.action
    and t.principal <> coalesce(t.account, '')
    and (t.ends is null or t.ends > cast($now as timestamp))
    and not coalesce(e.surely, false)
group by t.principal
order by all
