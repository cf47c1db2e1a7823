-- One row a principal that may do $action (lower case) on $resource (or, where that is ``, on anything), or of which that
-- is not known. `verdict` is yes, conditional or unknown; whoever may not has no row.
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
    where not s.allow and ($resource <> '' or s.everywhere)
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
        group by g.account, g.level
    ) as l
    group by l.account
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
    case
        when f.principal is not null or c.unread or r.unread then 'unknown'
        when a.conditional or r.doubt or n.account is not null or d.principal is not null or (c.principal is not null and not w.surely) then 'conditional'
        else 'yes'
    end as verdict,
    if(g.state = 'unread', 'a service control policy denies it', '') as unless
from allowed as a
left join denied as d on d.principal = a.principal
left join capped as c on c.principal = a.principal
left join within as w on w.principal = a.principal
left join doubtful as f on f.principal = a.principal
left join guarded_accounts as g on g.account = split_part(a.principal, ':', 5)
-- roles of AWS's services are not held back by an organization
left join rails as r on r.account = split_part(a.principal, ':', 5) and not contains(a.principal, ':role/aws-service-role/')
left join forbidden as n on n.account = r.account
where not coalesce(d.surely, false) and not coalesce(n.surely, false) and not coalesce(r.dead, false)
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
    max(t.ends) filter (t.ends is not null), if(bool_and(t.conditional), 'conditional', 'yes'), ''
from trusts as t
where t.resource <> '' and t.resource = $resource and $action glob t.action
    and t.principal <> coalesce(t.account, '')
    and (t.ends is null or t.ends > cast($now as timestamp))
group by t.principal
order by all
