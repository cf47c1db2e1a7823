-- One row a principal that may do $action (lower case) on $resource (or, where that is ``, on anything), or of which that
-- is not known. `verdict` is yes, conditional or unknown; whoever may not has no row. `unread` names the layers of policies
-- that were not read and may take away what the others give; $guarded: resource control policies know the action's service.
with fitting as materialized (
    select distinct p.pattern from action_patterns as p
    where left(p.pattern, 1) in (left($action, 1), '*', '?') and $action glob replace(p.pattern, '[', '[[]')
    union all
    select unnest(['*', '*:*'])
), named as materialized (
    select x.digest, x.number, x.scope, x.not_actions from statement_actions as x semi join fitting on fitting.pattern = x.pattern
), apt as materialized (
    select n.digest, n.scope from named as n where not n.not_actions
    union
    -- what is spared is the same in a whole scope
    select x.digest, x.scope
    from statement_actions as x anti join (select distinct scope from named where not_actions) as n on n.scope = x.scope
    where x.not_actions
), scopes as materialized (
    select s.* from statement_scopes as s semi join apt as a on a.scope = s.scope
), hit as (
    select distinct u.scope
    from (select s.scope, unnest(s.targets) as target from scopes as s) as u
    where $resource glob replace(regexp_replace(u.target, '\$\{[^}]*\}', '*', 'g'), '[', '[[]')
), telling as materialized (
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
    select a.digest, t.scope, t.allow, t.conditional, t.everywhere from apt as a join telling as t on t.scope = a.scope
), held as (
    -- one row a principal: what gives it (`documents`), and whether what denies and what its boundary allows do so for sure
    select
        g.principal,
        list_sort(list_distinct(list(g.document) filter (t.allow and g.via <> 'boundary'))) as documents,
        list_sort(list_distinct(list(g.via) filter (t.allow and g.via <> 'boundary'))) as via,
        bool_and(t.conditional) filter (t.allow and g.via <> 'boundary') as conditional,
        list_sort(list_distinct(flatten(list(t.kinds) filter (t.allow and g.via <> 'boundary')))) as kinds,
        list_sort(list_distinct(flatten(list(t.targets) filter (t.allow and g.via <> 'boundary')))) as targets,
        max(t.ends) filter (t.allow and g.via <> 'boundary' and t.ends is not null) as ends,
        bool_or(not t.conditional) filter (not t.allow and ($resource <> '' or t.everywhere)) as denied,
        bool_or(not t.conditional) filter (t.allow and g.via = 'boundary') as within
    from grants as g join said on said.digest = g.digest join telling as t on t.scope = said.scope
    where g.via <> 'trust' and g.via <> 'resource_policy'
    group by g.principal
), unsure as (
    -- who has a boundary, and of whom something was not read
    select
        g.principal, bool_or(g.via = 'boundary') as capped, bool_or(g.via = 'boundary' and g.digest is null) as unread,
        bool_or(g.doubt) as doubt
    from grants as g where g.via = 'boundary' or g.doubt
    group by g.principal
), own as materialized (
    -- what the resource itself says of this action, and of others
    select t.*, $action glob t.action as apt from trusts as t where t.resource = $resource and $resource <> ''
), trusting as (
    -- a role is assumed by those that its trust lets in, whatever they may themselves
    select t.principal, t.refused from own as t where t.kind = 'role' and t.apt
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
)
select
    a.principal, a.documents, a.via, a.kinds, a.targets, a.ends,
    list_concat(coalesce(u.layers, []), beyond.layers) as unread,
    case
        when c.doubt or c.unread or r.unread or e.unread then 'unknown'
        when a.conditional or r.doubt or n.account is not null or e.binds is not null or o.binds is not null then 'conditional'
        when a.denied is not null or (c.capped and not a.within) then 'conditional'
        else 'yes'
    end as verdict,
    case len(coalesce(u.layers, [])) + len(beyond.layers)
        when 0 then ''
        when 1 then 'a ' || replace(list_concat(u.layers, beyond.layers)[1], 'policies', 'policy') || ' denies it'
        else 'a service control policy or a resource control policy denies it'
    end as unless
from held as a
cross join beyond
left join unsure as c on c.principal = a.principal
-- roles of AWS's services are not held back by an organization
left join unseen as u on u.account = split_part(a.principal, ':', 5) and not contains(a.principal, ':role/aws-service-role/')
left join rails as r on r.account = split_part(a.principal, ':', 5) and not contains(a.principal, ':role/aws-service-role/')
left join forbidden as n on n.account = r.account
left join withheld as e on e.binds = 'everybody' and not contains(a.principal, ':role/aws-service-role/')
left join insiders as i on i.account = split_part(a.principal, ':', 5)
left join withheld as o on o.binds = 'others' and i.account is null and not contains(a.principal, ':role/aws-service-role/')
where a.conditional is not null and not coalesce(a.denied, false) and not coalesce(n.surely, false) and not coalesce(r.dead, false) and not coalesce(e.surely, false)
    and (not coalesce(c.capped, false) or c.unread or a.within is not null)
    -- another account's principals need the resource's own word too
    and (
        split_part($resource, ':', 5) in ('', split_part(a.principal, ':', 5))
        or split_part(a.principal, ':', 5) in (select t.account from own as t where t.account is not null)
    )
    and (
        not starts_with($action, 'sts:assumerole')
        or not exists (from own as t where t.kind = 'role')
        or exists (
            from trusting as t
            where (t.principal in ('*', a.principal) or t.principal = split_part(a.principal, ':', 5))
                and not list_has_any(t.refused, ['*', a.principal, split_part(a.principal, ':', 5)])
        )
    )
    -- what a key allows its account, its own policy has to say
    and (
        not starts_with($action, 'kms:')
        or not exists (from own as k where k.kind = 'key')
        or exists (
            from own as k
            where k.kind = 'key' and k.principal in ('*', split_part(a.principal, ':', 5)) and k.apt
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
from own as t
cross join beyond
left join withheld as e on e.binds = 'everybody'
left join insiders as i on i.account = t.account
left join withheld as o on o.binds = 'others' and i.account is null
where t.apt
    and t.principal <> coalesce(t.account, '')
    and (t.ends is null or t.ends > cast($now as timestamp))
    and not coalesce(e.surely, false)
group by t.principal
order by principal, via
