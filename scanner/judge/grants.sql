-- Every grant as people read it; judge/grants.py counts and tells of it.
with joined as (
    select distinct c.resource, c.document from grant_changes as c where c.change = 'membership'
), bounded as (
    select c.resource, bool_or(c.verdict = 'changed') as changed, bool_and(c.verdict = 'in_sync') as same
    from comparisons as c where c.attribute = 'permissions_boundary' group by c.resource
), members as ( -- where a state says who is in a group: of an undeclared user, which of them is not compared
    select distinct d.account from declared as d
    where d.type in ('aws_iam_group_membership', 'aws_iam_user_group_membership')
), using_told as ( -- where AWS tells of no role that it was used, it tells of none
    select distinct r.account from resources as r
    where r.type = 'aws_iam_role' and json_extract_string(r.attributes, '$.last_used_date') is not null
), keys as (
    select
        r.account, r.name,
        greatest(
            json_extract_string(r.attributes, '$.password_last_used'),
            json_extract_string(r.attributes, '$.key_1_last_used'),
            json_extract_string(r.attributes, '$.key_2_last_used')
        ) as last_used
    from resources as r where r.type = 'aws_iam_credential'
), lords as (
    select a.principal, a.document, a.via, a.through, max(a.verdict) as verdict
    from administrators as a group by all
), known as (
    select
        l.*, p.account, p.type, p.created_at, p.tags is null and p.taggable as untold,
        coalesce(n.verdict, '') as administrator,
        case
            when l.via = 'boundary' then
                case when b.changed or p.class = 'unmanaged' then 'by_hand' when b.same then 'declared' else 'unknown' end
            when l.class = 'unmanaged' then 'by_hand'
            when l.class = 'provider_default' then 'aws'
            when l.class in ('declared', 'double_declared') then
                case
                    when l.via <> 'group' or (j.resource is null and p.class in ('declared', 'double_declared')) then 'declared'
                    when j.resource is not null then 'by_hand'
                    when p.class = 'unmanaged' and m.account is null then 'by_hand'
                    else 'unknown'
                end
            else 'unknown'
        end as how,
        j.resource is not null as joined_by_hand,
        l.approved_by is not null as written,
        if(l.services_asked, l.last_used, coalesce(l.last_used, k.last_used)) as used_at,
        u.account is not null as use_is_told,
        x.seen_at
    from grant_ledger as l
    join resources as p on p.resource = l.principal
    cross join scan as x
    left join joined as j on j.resource = l.principal and j.document = l.through
    left join bounded as b on b.resource = l.principal
    left join members as m on m.account = p.account
    left join using_told as u on u.account = p.account
    left join keys as k on p.type = 'aws_iam_user' and k.account = p.account and k.name = p.name
    left join lords as n on n.principal = l.principal and n.document = l.document and n.via = l.via
        and n.through is not distinct from l.through
)

select
    k.*,
    coalesce(k.recorded_end, k.claimed_end, k.enforced_end) is not null as ends,
    coalesce(k.recorded_end <= k.seen_at, false) or coalesce(k.claimed_end <= k.seen_at, false) as late,
    (k.written and k.recorded_end is null and (k.claimed_end is not null or k.enforced_end is not null))
        or coalesce(abs(date_diff('hour', k.recorded_end, k.claimed_end)) > 24, false)
        or coalesce(abs(date_diff('hour', k.recorded_end, k.enforced_end)) > 24, false)
        or coalesce(abs(date_diff('hour', k.claimed_end, k.enforced_end)) > 24, false) as disagree,
    case
        when k.used_at is not null then 'at'
        when k.type = 'aws_iam_group' then 'none'
        when k.services_asked or (k.type = 'aws_iam_role' and k.use_is_told) then 'unused'
        else 'unknown'
    end as used,
from known as k
