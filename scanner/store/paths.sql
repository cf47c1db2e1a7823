-- What the documents that principals hold come to together, as far as it decides who can become whom. Each step is a
-- named block that store/paths.py runs in order; `$now` is the moment that rules judge by.
--
-- An allow counts where a statement of the principal's own policies allows, its boundary (if it has one) allows too, and
-- no statement denies without a condition. `rank` is 0 for yes and 1 where a condition decides. `wide` is said of an
-- action that is allowed on every user, role, group or policy of an account, `hit` of one that is allowed on this one.
-- What is wide is never spelled out: of all that it reaches, few stand for the rest (`stands_for`).

-- name: tables
create temp table e (
    eid bigint, entity varchar, kind varchar, account varchar, profile boolean, own boolean, reverts varchar
);
create temp table a (aid bigint, action varchar, kind varchar);
create temp table m (
    mid bigint, method varchar, way varchar, aid bigint, kind varchar, service varchar, profile boolean, weak varchar,
    needs bigint
);
create temp table mo (mid bigint, aid bigint);
create temp table s (
    sid bigint, digest bigint, allow boolean, conditional boolean, not_actions boolean, not_targets boolean,
    passed_to varchar[], actions varchar[], targets varchar[]
);
create temp table s_star (sid bigint);
create temp table s_wide (sid bigint, kind varchar, account varchar, conditional boolean, but boolean);
create temp table s_hit (sid bigint, eid bigint, conditional boolean);
create temp table s_but (sid bigint, eid bigint);
create temp table s_own (sid bigint);
create temp table s_carrier (sid bigint, carrier varchar);
create temp table sa (digest bigint, sid bigint, aid bigint, allow boolean, conditional boolean);
create temp table held (pid bigint, digest bigint, capped boolean);
create temp table bounded (pid bigint);
create temp table doubtful (pid bigint);
create temp table allows (pid bigint, aid bigint, sid bigint, conditional boolean);
create temp table denies (pid bigint, aid bigint, sid bigint, conditional boolean);
create temp table caps (pid bigint, aid bigint, sid bigint, conditional boolean);
create temp table covered (sid bigint, by_sid bigint);
create temp table able (pid bigint, aid bigint, rank bigint, star boolean);
create temp table wide (pid bigint, aid bigint, account varchar, rank bigint);
create temp table hit (pid bigint, aid bigint, eid bigint, rank bigint);
create temp table but (pid bigint, aid bigint, eid bigint);
create temp table others (pid bigint, mid bigint, rank bigint);
create temp table q_wide (pid bigint, mid bigint, account varchar, rank bigint);
create temp table q_hit (pid bigint, mid bigint, eid bigint, rank bigint);
create temp table q_able (pid bigint, mid bigint, rank bigint, star boolean);
create temp table q_free (pid bigint, mid bigint, account varchar, rank bigint);
create temp table q_but (pid bigint, mid bigint, aid bigint, account varchar, rank bigint);
create temp table member (pid bigint, gid bigint);
create temp table holds (pid bigint, eid bigint);
create temp table serves (rid bigint, service varchar);
create temp table lets (rid bigint, pid bigint, rank bigint);
create temp table opens (rid bigint, account varchar, rank bigint);
create temp table rail (account varchar, aid bigint, dead boolean);
create temp table barred (account varchar, dead boolean);
create temp table unread (account varchar, layers varchar[]);
create temp table refused (rid bigint, pid bigint);
create temp table turned (pid bigint, mid bigint, target bigint, rank bigint);
create temp table reached (pid bigint, level bigint, rank bigint);
create temp table edges (pid bigint, mid bigint, target bigint, rank bigint, level bigint, latent boolean);
create temp table found (pid bigint, mid bigint, target bigint, rank bigint);
create temp table front (eid bigint, entity varchar, kind varchar, account varchar, profile boolean);
create temp table stands_for (eid bigint, kind varchar, account varchar, service varchar, profile boolean, opener varchar);

-- name: entities
insert into e
select row_number() over (order by entity), entity, kind, coalesce(nullif(split_part(entity, ':', 5), ''), account), profile, own,
    reverts
from in_entity;
insert into a
select row_number() over (order by action), action, kind
from (
    select action, kind from in_action
    union all
    select distinct 'iam:passrole ' || service, 'role' from in_method where way = 'pass'
);
insert into m
select
    row_number() over (order by i.method), i.method, i.way, a.aid, i.kind, i.service, i.profile, i.weak, len(i.others)
from in_method as i
join a on a.action = if(i.way = 'pass', 'iam:passrole ' || i.service, i.first);
insert into mo
select m.mid, a.aid
from (select method, unnest(others) as other from in_method) as i
join m on m.method = i.method
join a on a.action = i.other;

-- name: statements
insert into s
select
    row_number() over (order by digest, number), digest, effect = 'Allow', conditional, not_actions, not_targets, passed_to,
    actions, targets
from statements
where (ends is null or ends > cast($now as timestamp)) and (starts is null or starts <= cast($now as timestamp));
insert into s_star
select sid from s
where (not_targets and allow) or (not not_targets and len(list_filter(targets, lambda t: regexp_full_match(t, '\*+'))) > 0);
insert into statement_actions
select digest, number, unnest(actions) as pattern, not_actions, scope
from statements
order by not_actions, pattern, digest, number;
insert into statement_scopes
select distinct on (scope) scope, effect, targets, not_targets, conditional, kinds, passed_to, starts, ends
from statements
order by scope;
create temp table s_target (sid bigint, target varchar, not_targets boolean);
insert into s_target select sid, unnest(targets), not_targets from s;
insert into s_wide
with kinds as (
    select s.sid, unnest(['user', 'role', 'group', 'policy']) as kind from s where s.not_targets
), spared as materialized (
    -- all of a kind, and not only one of them
    select distinct t.sid, w.kind, w.account
    from s_target as t join in_wide as w on w.target = t.target
    where t.not_targets and not w.conditional
)
select distinct t.sid, w.kind, w.account, w.conditional, false
from s_target as t join in_wide as w on w.target = t.target
where not t.not_targets
union all
select k.sid, k.kind, '*', false, true from kinds as k anti join spared as p on p.sid = k.sid and p.kind = k.kind
union all
select k.sid, k.kind, c.account, false, true
from kinds as k semi join spared as p on p.sid = k.sid and p.kind = k.kind
cross join (select distinct account from e) as c
where not exists (from spared as p where p.sid = k.sid and p.kind = k.kind and p.account in ('*', c.account));
insert into s_hit
select distinct t.sid, e.eid, h.conditional
from s_target as t join in_hit as h on h.target = t.target join e on e.entity = h.entity
where not t.not_targets;
insert into s_but
select distinct t.sid, e.eid
from s_target as t join in_hit as h on h.target = t.target join e on e.entity = h.entity
where t.not_targets;
insert into s_own
select distinct t.sid from s_target as t join in_own as o on o.target = t.target where not t.not_targets;
insert into s_carrier
select distinct t.sid, c.carrier
from s_target as t join in_carrier_hit as c on c.target = t.target
where not t.not_targets;
create temp table matched (sid bigint, action varchar);
insert into matched
select distinct u.sid, p.action
from (select sid, unnest(actions) as pattern from s) as u
join in_pattern as p on p.pattern = u.pattern;
insert into sa
with acted as (
    select s.sid, matched.action from s join matched on matched.sid = s.sid where not s.not_actions
    union all
    select s.sid, i.action
    from s cross join in_action as i
    anti join matched on matched.sid = s.sid and matched.action = i.action
    where s.not_actions
)
select s.digest, s.sid, a.aid, s.allow, s.conditional or s.passed_to is not null
from acted join s on s.sid = acted.sid join a on a.action = acted.action
union all
select s.digest, s.sid, a.aid, s.allow, s.conditional
from acted join s on s.sid = acted.sid
join a on a.action in (select 'iam:passrole ' || service from in_method where way = 'pass')
where acted.action = 'iam:passrole'
    and (
        s.passed_to is null
        or len(list_filter(s.passed_to, lambda p: replace(a.action[14:], '.cn', '') glob replace(replace(p, '[', '[[]'), '.com.cn', '.com'))) > 0
    );

-- name: held
insert into held
select distinct e.eid, g.digest, g.via = 'boundary'
from grants as g join e on e.entity = g.principal
where g.digest is not null and g.via not in ('trust', 'resource_policy');
-- a boundary that was not read caps nothing that is known: its principal is doubtful instead
insert into bounded
select distinct e.eid from grants as g join e on e.entity = g.principal where g.via = 'boundary' and g.digest is not null;
insert into doubtful select distinct e.eid from grants as g join e on e.entity = g.principal where g.doubt;
insert into allows
select h.pid, sa.aid, sa.sid, sa.conditional from held as h join sa on sa.digest = h.digest where sa.allow and not h.capped;
-- what the organization keeps an account's principals from: `dead` for sure, else it may
insert into rail
with said as (
    select g.account, g.level, sa.aid, sa.allow, sa.conditional or sa.sid not in (from s_star) as narrow
    from guardrails as g join sa on sa.digest = g.digest
    where g.binds = 'own'
), levels as (
    select account, level, bool_or(digest is null) as unread from guardrails where binds = 'own' group by account, level
), allowed as (
    select account, level, aid, bool_or(not narrow) as wholly from said where allow group by account, level, aid
)
select account, aid, bool_or(dead)
from (
    select account, aid, not narrow as dead from said where not allow
    union all
    select l.account, a.aid, x.aid is null and not l.unread
    from levels as l cross join a left join allowed as x on x.account = l.account and x.level = l.level and x.aid = a.aid
    where x.aid is null or not x.wholly
)
group by account, aid;
-- one that was not read may deny anything
insert into doubtful
select distinct e.eid from guardrails as g join e on e.account = g.account
where g.digest is null and g.binds = 'own' and e.kind in ('user', 'role') and not contains(e.entity, ':role/aws-service-role/');
-- the roles of an account that its resource control policies let nobody assume: `dead` for sure, else it may
insert into barred
select g.account, coalesce(bool_or(not sa.conditional and sa.sid in (from s_star)), false)
from guardrails as g
left join (from sa join a on a.aid = sa.aid where a.action = 'sts:assumerole' and not sa.allow) as sa on sa.digest = g.digest
where g.binds = 'everybody' and (g.digest is null or sa.sid is not null)
group by g.account;
insert into unread
select account, list(layer) from guarded_accounts
where state = 'unread' and layer = 'service control policies'
group by account;
delete from allows
where exists (
    from rail as r join e on e.account = r.account
    where e.eid = allows.pid and r.aid = allows.aid and r.dead and not contains(e.entity, ':role/aws-service-role/')
);
update allows set conditional = true
where exists (
    from rail as r join e on e.account = r.account
    where e.eid = allows.pid and r.aid = allows.aid and not contains(e.entity, ':role/aws-service-role/')
);
insert into denies
select distinct h.pid, sa.aid, sa.sid, sa.conditional from held as h join sa on sa.digest = h.digest where not sa.allow;
insert into caps
select h.pid, sa.aid, sa.sid, sa.conditional from held as h join sa on sa.digest = h.digest where sa.allow and h.capped;
insert into covered
select distinct p.sid, p.by_sid
from (
    select distinct x.sid, d.sid as by_sid
    from allows as x join denies as d on d.pid = x.pid and d.aid = x.aid
) as p
join s as x on x.sid = p.sid
join s as d on d.sid = p.by_sid
where d.sid in (from s_star) or (x.sid not in (from s_star) and not exists (
    from s_target as t
    where t.sid = x.sid and d.not_targets = exists (
        from s_target as u where u.sid = d.sid and t.target glob replace(u.target, '[', '[[]')
    )
));

-- name: powers
insert into able
select
    x.pid, x.aid,
    min(cast(x.conditional or d.maybe is not null or (b.pid is not null and not c.surely) as integer)),
    bool_or(x.sid in (from s_star))
from allows as x
left join bounded as b on b.pid = x.pid
left join (select pid, aid, bool_or(not conditional) as surely from caps group by pid, aid) as c
    on c.pid = x.pid and c.aid = x.aid
left join (
    select d.pid, d.aid, c.sid, bool_or(not d.conditional) as dead, bool_or(d.conditional) as maybe
    from denies as d join covered as c on c.by_sid = d.sid
    group by d.pid, d.aid, c.sid
) as d on d.pid = x.pid and d.aid = x.aid and d.sid = x.sid
where not coalesce(d.dead, false) and (b.pid is null or c.pid is not null)
group by x.pid, x.aid;
create temp table wide_deny (pid bigint, aid bigint, dead boolean, but boolean);
insert into wide_deny
-- materialized, here and below: else everybody may be joined with every statement first
with said as materialized (
    select d.pid, d.aid, d.conditional, w.account, w.but
    from denies as d join a on a.aid = d.aid join s_wide as w on w.sid = d.sid and w.kind = a.kind
)
select d.pid, d.aid, bool_or(not d.conditional), bool_or(not d.conditional and d.but)
from said as d join e on e.eid = d.pid and d.account in ('*', e.account)
group by d.pid, d.aid;
create temp table wide_cap (pid bigint, aid bigint, surely boolean);
insert into wide_cap
with said as materialized (
    select c.pid, c.aid, c.conditional or w.conditional as conditional, w.account
    from caps as c join a on a.aid = c.aid join s_wide as w on w.sid = c.sid and w.kind = a.kind
)
select c.pid, c.aid, bool_or(not c.conditional)
from said as c join e on e.eid = c.pid and c.account in ('*', e.account)
group by c.pid, c.aid;
create temp table asked_wide (pid bigint, aid bigint, account varchar, conditional boolean, but_sid bigint);
insert into asked_wide
select x.pid, x.aid, if(w.account = '*' and a.action <> 'sts:assumerole', e.account, w.account), x.conditional or w.conditional, if(w.but, x.sid, null)
from allows as x join a on a.aid = x.aid join e on e.eid = x.pid
join s_wide as w on w.sid = x.sid and w.kind = a.kind
where w.account in ('*', e.account) or a.action = 'sts:assumerole';
insert into wide
select
    x.pid, x.aid, x.account,
    min(cast(x.conditional or d.pid is not null or (b.pid is not null and not c.surely) as integer))
from asked_wide as x
left join wide_deny as d on d.pid = x.pid and d.aid = x.aid
left join bounded as b on b.pid = x.pid
left join wide_cap as c on c.pid = x.pid and c.aid = x.aid
where not coalesce(d.dead, false) and (b.pid is null or c.pid is not null)
group by x.pid, x.aid, x.account;
create temp table asked_hit (pid bigint, aid bigint, eid bigint, conditional boolean);
insert into asked_hit
select x.pid, x.aid, h.eid, x.conditional or h.conditional
from allows as x join a on a.aid = x.aid join e on e.eid = x.pid
join s_hit as h on h.sid = x.sid join e as t on t.eid = h.eid and t.kind = a.kind
where t.account = e.account or a.action = 'sts:assumerole'
union all
select x.pid, x.aid, x.pid, x.conditional
from allows as x join a on a.aid = x.aid join e on e.eid = x.pid and e.kind = a.kind
where x.sid in (from s_own) and e.kind = 'user'
union all
-- wide by itself, but narrowed by a boundary, or by a deny that spares some
select x.pid, x.aid, h.eid, x.conditional
from asked_wide as x join caps as c on c.pid = x.pid and c.aid = x.aid
join s_hit as h on h.sid = c.sid join a on a.aid = x.aid join e on e.eid = h.eid and e.kind = a.kind
anti join wide_cap as w on w.pid = x.pid and w.aid = x.aid
union all
select x.pid, x.aid, u.eid, x.conditional
from asked_wide as x join wide_deny as w on w.pid = x.pid and w.aid = x.aid and w.but
join denies as d on d.pid = x.pid and d.aid = x.aid
join s_but as u on u.sid = d.sid join a on a.aid = x.aid join e on e.eid = u.eid and e.kind = a.kind;
create temp table hit_said (pid bigint, aid bigint, eid bigint, cap boolean, surely boolean);
insert into hit_said
select x.pid, x.aid, x.eid, d.cap, bool_or(not d.conditional)
from (select distinct pid, aid, eid from asked_hit) as x
join (select *, false as cap from denies union all select *, true from caps) as d on d.pid = x.pid and d.aid = x.aid
join e on e.eid = x.eid
left join s_wide as w on w.sid = d.sid and w.kind = e.kind and w.account in ('*', e.account)
left join s_hit as h on h.sid = d.sid and h.eid = x.eid
left join s_but as u on u.sid = d.sid and u.eid = x.eid
where (w.sid is not null and u.sid is null) or h.sid is not null
group by x.pid, x.aid, x.eid, d.cap;
insert into hit
select
    x.pid, x.aid, x.eid,
    min(cast(x.conditional or d.pid is not null or (b.pid is not null and not c.surely) as integer))
from asked_hit as x
left join hit_said as d on d.pid = x.pid and d.aid = x.aid and d.eid = x.eid and not d.cap
left join bounded as b on b.pid = x.pid
left join hit_said as c on c.pid = x.pid and c.aid = x.aid and c.eid = x.eid and c.cap
where not coalesce(d.surely, false) and (b.pid is null or c.pid is not null)
group by x.pid, x.aid, x.eid;
-- what is not reached although all others of its kind are
insert into but
select distinct x.pid, x.aid, h.eid
from wide as x join denies as d on d.pid = x.pid and d.aid = x.aid and not d.conditional
join s_hit as h on h.sid = d.sid
union
select x.pid, x.aid, u.eid
from asked_wide as x join s_but as u on u.sid = x.but_sid
anti join asked_wide as y on y.pid = x.pid and y.aid = x.aid and y.but_sid is null;

-- name: methods
insert into others
select able.pid, mo.mid, max(able.rank)
from mo join able on able.aid = mo.aid join m on m.mid = mo.mid
group by able.pid, mo.mid, m.needs
having count(*) = m.needs;
insert into q_wide
select w.pid, m.mid, w.account, greatest(w.rank, coalesce(o.rank, 0), cast(m.weak <> '' as integer))
from m join wide as w on w.aid = m.aid
left join others as o on o.pid = w.pid and o.mid = m.mid
where m.needs = 0 or o.pid is not null;
insert into q_but
select q.pid, q.mid, m.aid, q.account, q.rank
from q_wide as q join m on m.mid = q.mid semi join but as b on b.pid = q.pid and b.aid = m.aid;
insert into q_free
select q.pid, q.mid, q.account, q.rank from q_wide as q anti join q_but as b on b.pid = q.pid and b.mid = q.mid;
insert into q_hit
select
    h.pid, m.mid, h.eid,
    greatest(h.rank, coalesce(o.rank, 0), cast(m.weak <> '' and (m.way <> 'policy' or t.reverts is distinct from 'all') as integer))
from m join hit as h on h.aid = m.aid
join e as t on t.eid = h.eid
left join others as o on o.pid = h.pid and o.mid = m.mid
where (m.needs = 0 or o.pid is not null)
    -- what is weak about a policy is that an earlier version may not give more: of this one that is known
    and (m.weak = '' or m.way <> 'policy' or t.reverts is distinct from 'none');
insert into q_able
select x.pid, m.mid, greatest(x.rank, coalesce(o.rank, 0)), x.star
from m join able as x on x.aid = m.aid
left join others as o on o.pid = x.pid and o.mid = m.mid
where m.kind = '' and (m.needs = 0 or o.pid is not null);
insert into member
select distinct u.eid, g.eid
from in_member as x join e as u on u.entity = x.member join e as g on g.entity = x.club;
insert into holds
select distinct p.eid, d.eid
from grants as x join e as p on p.entity = x.principal join e as d on d.entity = x.document
-- written so that no plan joins everybody of an account with everybody
where x.via in ('inline', 'attached', 'group', 'permission_set') and starts_with(p.account, d.account);
insert into serves
select distinct r.eid, replace(t.principal, '.cn', '')
from trusts as t join e as r on r.entity = t.resource
where t.kind = 'role' and (t.principal_type = 'Service' or t.principal like '%.amazonaws.com')
    and (t.ends is null or t.ends > cast($now as timestamp)) and (t.starts is null or t.starts <= cast($now as timestamp))
    and ('sts:assumerole' glob t.action or 'sts:assumerolewithwebidentity' glob t.action)
    -- a resource control policy that denies it to everybody denies it to services too
    and r.account not in (select account from barred where dead);
create temp table trusted (rid bigint, principal varchar, account varchar, rank bigint);
insert into trusted
select
    r.eid, t.principal, t.account,
    greatest(min(cast(t.conditional and t.kinds <> ['date'] as integer)), max(cast(b.account is not null as integer)))
from trusts as t join e as r on r.entity = t.resource
left join barred as b on b.account = r.account
where not coalesce(b.dead, false) and t.kind = 'role' and t.principal_type = 'AWS' and len(list_filter(t.refused, lambda x: x in ('*', t.account))) = 0 and 'sts:assumerole' glob t.action
    and (t.ends is null or t.ends > cast($now as timestamp)) and (t.starts is null or t.starts <= cast($now as timestamp))
group by r.eid, t.principal, t.account;
insert into refused
select distinct r.eid, p.eid
from (select distinct resource, unnest(refused) as who from trusts where kind = 'role') as t
join e as r on r.entity = t.resource join e as p on p.entity = t.who;
insert into opens select rid, account, min(rank) from trusted where principal = account group by rid, account;
insert into lets
select l.rid, l.pid, min(l.rank)
from (
    select t.rid, p.eid as pid, t.rank, p.kind = 'role' as caps
    from trusted as t join e as p on p.entity = t.principal and p.kind in ('user', 'role')
    union all
    -- a session of a role
    select t.rid, p.eid, t.rank, false
    from trusted as t join e as p
        on p.kind = 'role' and p.account = t.account
        and regexp_extract(p.entity, '[^/]+$') = split_part(t.principal, '/', 2)
    where t.principal like '%:assumed-role/%'
    union all
    select t.rid, p.eid, t.rank, p.kind = 'role'
    from trusted as t join e as r on r.eid = t.rid
    join e as p on p.account = r.account and p.kind in ('user', 'role')
    where t.principal = '*'
) as l
anti join refused as n on n.rid = l.rid and n.pid = l.pid
where l.rid <> l.pid
    and not exists (
        from denies as d join a on a.aid = d.aid join s_wide as w on w.sid = d.sid and w.kind = 'role' and w.account = '*' and not w.but
        where d.pid = l.pid and a.action = 'sts:assumerole' and not d.conditional
    )
    and not exists (
        from denies as d join a on a.aid = d.aid join s_hit as h on h.sid = d.sid
        where d.pid = l.pid and a.action = 'sts:assumerole' and not d.conditional and h.eid = l.rid
    )
    and not exists (
        from rail as r join a on a.aid = r.aid join e on e.account = r.account
        where e.eid = l.pid and a.action = 'sts:assumerole' and r.dead
    )
    -- a boundary caps what a trust gives to a role, but not what it gives to a user or a session
    and (
        not l.caps or l.pid not in (from bounded)
        or exists (from caps as c join a on a.aid = c.aid where c.pid = l.pid and a.action = 'sts:assumerole')
    )
group by l.rid, l.pid;
-- who writes the permissions of another, or a policy of another's, and becomes that other
create temp table writes (pid bigint, mid bigint, who bigint, target bigint, rank bigint);
insert into writes
select q.pid, q.mid, q.eid, q.eid, q.rank
from q_hit as q join m on m.mid = q.mid join e as t on t.eid = q.eid
where m.way = 'write' and t.kind in ('user', 'role') and t.own and q.eid <> q.pid
union all
select q.pid, q.mid, h.pid, q.eid, q.rank
from q_hit as q join m on m.mid = q.mid join holds as h on h.eid = q.eid join e as t on t.eid = h.pid
where m.way = 'policy' and t.kind in ('user', 'role') and h.pid <> q.pid;
create temp table assumes (pid bigint, who bigint, rank bigint);
insert into assumes
select l.pid, l.rid, l.rank from lets as l
union all
select q.pid, q.eid, greatest(q.rank, o.rank)
from q_hit as q join m on m.mid = q.mid join e as p on p.eid = q.pid
join opens as o on o.rid = q.eid and o.account = p.account
anti join refused as n on n.rid = q.eid and n.pid = q.pid
where m.way = 'assume'
union all
select q.pid, q.eid, q.rank from q_hit as q join m on m.mid = q.mid where m.way = 'become'
union all
select w.pid, w.who, q.rank
from (select distinct pid, who from writes) as w join e as t on t.eid = w.who
join q_wide as q on q.pid = w.pid and q.account = t.account join m on m.mid = q.mid and m.way = 'become' and m.kind = t.kind
anti join but as n on n.pid = w.pid and n.aid = m.aid and n.eid = w.who
union all
select w.pid, w.who, greatest(q.rank, o.rank)
from (select distinct pid, who from writes) as w join e as t on t.eid = w.who join e as p on p.eid = w.pid
join q_wide as q on q.pid = w.pid and q.account in ('*', t.account) join m on m.mid = q.mid and m.way = 'assume'
join opens as o on o.rid = w.who and o.account = p.account
anti join but as n on n.pid = w.pid and n.aid = m.aid and n.eid = w.who
anti join refused as r on r.rid = w.who and r.pid = w.pid;
insert into turned
select w.pid, w.mid, min(w.target), min(greatest(w.rank, b.rank))
from writes as w join assumes as b on b.pid = w.pid and b.who = w.who
group by w.pid, w.mid;

-- name: administrators
create temp table full_grant (pid bigint, digest bigint, conditional boolean, short boolean);
insert into full_grant
select h.pid, s.digest, bool_and(s.conditional), bool_and(s.not_actions)
from held as h join s on s.digest = h.digest
where not h.capped and s.allow and s.sid in (from s_star)
    and (s.not_actions or len(list_filter(s.actions, lambda x: regexp_full_match(x, '\*+(:\*+)?'))) > 0)
group by h.pid, s.digest;
-- everything counts as such where it holds what makes an administrator of anybody: all of it is allowed, on all
create temp table makers (pid bigint, rank bigint);
insert into makers
select w.pid, max(w.rank)
from wide as w join a on a.aid = w.aid
where a.action in (
    'iam:attachuserpolicy', 'iam:attachrolepolicy', 'iam:putuserpolicy', 'iam:putrolepolicy', 'iam:createpolicyversion',
    'iam:createaccesskey', 'iam:updateassumerolepolicy'
)
group by w.pid
having count(distinct a.action) = 7;
insert into administrators
select
    e.entity, min(g.document), g.via, any_value(g.through order by g.through),
    coalesce(list_sort(list(distinct o.document) filter (o.document is not null and o.document <> g.document)), []),
    case
        when any_value(d.pid) is not null then 'unknown'
        when bool_and(f.conditional) or max(k.rank) > 0 then 'conditional'
        else 'yes'
    end,
    any_value(b.document),
    coalesce(any_value(u.layers), [])
from full_grant as f
join makers as k on k.pid = f.pid
join e on e.eid = f.pid
join grants as g on g.principal = e.entity and g.digest = f.digest and g.via not in ('boundary', 'trust', 'resource_policy')
left join doubtful as d on d.pid = f.pid
left join unread as u on u.account = e.account and not contains(e.entity, ':role/aws-service-role/')
left join grants as b on b.principal = e.entity and b.via = 'boundary'
left join (
    select distinct x.pid, x.sid, a.action
    from allows as x join a on a.aid = x.aid
    where a.action in ('iam:attachrolepolicy', 'iam:putrolepolicy', 'iam:createpolicyversion')
) as w on w.pid = f.pid and f.short
left join s on s.sid = w.sid
left join grants as o on o.principal = e.entity and o.digest = s.digest and o.via not in ('boundary', 'trust', 'resource_policy')
group by e.entity, f.digest, g.via, g.document;

-- name: wildcards
-- DuckDB knows no figures yet of tables that are this new: joins are made as they are written, the small side last
set disabled_optimizers = 'join_order,build_side_probe_side';
insert into wildcards
with live as materialized (
    select * from statement_scopes
    where not conditional and not not_targets
        and (ends is null or ends > cast($now as timestamp)) and (starts is null or starts <= cast($now as timestamp))
), wild as materialized (
    select distinct x.digest, split_part(x.pattern, ':', 1) as service, t.target
    from statement_actions as x
    join (select distinct pattern from action_patterns where regexp_full_match(pattern, '[a-z0-9-]+:\*+')) as p on p.pattern = x.pattern
    join (select scope, unnest(targets) as target from live where effect = 'Allow' and passed_to is null) as t on t.scope = x.scope
    where not x.not_actions and regexp_full_match(t.target, '\*+|arn:[^:]*:[a-z0-9*-]+:\*?:\*?:\*+')
), bounds as materialized (
    -- what denies, or caps, something on everything
    select scope, effect = 'Allow' as allow from live where len(list_filter(targets, lambda t: regexp_full_match(t, '\*+'))) > 0
), services as materialized (
    select distinct service from wild
), covers as materialized (
    select p.pattern, w.service
    from (
        select distinct pattern from action_patterns where regexp_full_match(pattern, '[^:]*(:[*?]+)?')
        union
        select unnest(['*', '*:*'])
    ) as p
    join services as w on (w.service || ':*') glob replace(p.pattern, '[', '[[]')
), spared as materialized (
    -- all but what is named, a row each of what it names
    select x.digest, x.number, b.allow, split_part(x.pattern, ':', 1) as service
    from statement_actions as x join bounds as b on b.scope = x.scope
    where x.not_actions
), whole as materialized (
    select distinct v.service, x.digest, b.allow
    from statement_actions as x join covers as v on v.pattern = x.pattern join bounds as b on b.scope = x.scope
    where not x.not_actions and (not b.allow or x.digest in (select digest from held where capped))
    union
    select w.service, n.digest, n.allow
    from services as w cross join (
        select digest, number, allow from spared group by all having bool_and(service <> '*')
    ) as n
    anti join spared as y on y.digest = n.digest and y.number = n.number and y.service = w.service
    where not n.allow or n.digest in (select digest from held where capped)
)
select
    g.principal, g.document, g.via, w.service, min(w.target), if(any_value(d.pid) is null, 'yes', 'unknown')
from wild as w
join grants as g on g.digest = w.digest and g.via in ('inline', 'attached', 'group', 'permission_set')
join e on e.entity = g.principal
left join doubtful as d on d.pid = e.eid
left join bounded as b on b.pid = e.eid
where not exists (
        from whole as n join held as h on h.digest = n.digest
        where h.pid = e.eid and n.service = w.service and not n.allow
    )
    and (b.pid is null or d.pid is not null or exists (
        from whole as n join held as h on h.digest = n.digest
        where h.pid = e.eid and n.service = w.service and n.allow and h.capped
    ))
group by g.principal, g.document, g.via, w.service;

reset disabled_optimizers;

-- name: start
create temp table first_of (kind varchar, account varchar, eid bigint);
insert into first_of select kind, account, min(eid) from e where own group by kind, account;
create temp table full_yet (pid bigint);
insert into full_yet
select distinct pid from full_grant where not short;
insert into reached
select e.eid, 0, max(cast(d.verdict = 'conditional' as integer))
from administrators as d join e on e.entity = d.principal
where d.verdict <> 'unknown' or e.eid in (from doubtful)
group by e.eid;

-- name: own
insert into found
select q.pid, q.mid, coalesce(if(m.kind = p.kind, q.pid, null), g.gid, h.eid, f.eid) as target, q.rank
from q_free as q join m on m.mid = q.mid join e as p on p.eid = q.pid
left join first_of as f on f.kind = m.kind and f.account = p.account
left join (select pid, min(gid) as gid from member group by pid) as g on g.pid = q.pid and m.kind = 'group'
left join (select pid, min(eid) as eid from holds group by pid) as h on h.pid = q.pid and m.kind = 'policy'
where m.way in ('write', 'policy') and q.account = p.account and coalesce(if(m.kind = p.kind, q.pid, null), g.gid, h.eid, f.eid) is not null
union all
-- all but some: its own, where that is not among them, else any other of the kind
select q.pid, q.mid, arg_min(t.eid, if(t.eid = q.pid or g.gid is not null or h.eid is not null, 0, t.eid)), q.rank
from q_but as q join m on m.mid = q.mid join e as p on p.eid = q.pid
join e as t on t.kind = m.kind and t.account = p.account and t.own and (m.kind <> p.kind or t.eid = q.pid)
left join member as g on g.pid = q.pid and g.gid = t.eid
left join holds as h on h.pid = q.pid and h.eid = t.eid
anti join but as n on n.pid = q.pid and n.aid = q.aid and n.eid = t.eid
where m.way in ('write', 'policy') and q.account = p.account
group by q.pid, q.mid, q.rank
union all
-- of a policy that it holds an earlier version is known to allow all: nothing is left to ask
select w.pid, m.mid, min(h.eid), w.rank
from m join wide as w on w.aid = m.aid join e as p on p.eid = w.pid and p.account = w.account
join holds as h on h.pid = w.pid join e as t on t.eid = h.eid and t.reverts = 'all'
anti join but as n on n.pid = w.pid and n.aid = w.aid and n.eid = h.eid
where m.way = 'policy' and m.weak <> '' and m.needs = 0
group by w.pid, m.mid, w.rank
union all
select q.pid, q.mid, q.eid, q.rank
from q_hit as q join m on m.mid = q.mid
where (m.way = 'write' and (q.eid = q.pid or exists (from member as g where g.pid = q.pid and g.gid = q.eid)))
    or (m.way = 'policy' and exists (from holds as h where h.pid = q.pid and h.eid = q.eid))
union all
select pid, mid, target, rank from turned
union all
select q.pid, q.mid, null, greatest(q.rank, 1) from q_able as q join m on m.mid = q.mid where m.way = 'sets'
union all
select q.pid, q.mid, q.pid, q.rank
from (
    select q.pid, q.mid, q.rank from q_wide as q join e as p on p.eid = q.pid where q.account = p.account
    union all
    select pid, mid, rank from q_hit where eid = pid
) as q
join m on m.mid = q.mid join e as p on p.eid = q.pid and p.kind = m.kind
where q.pid in (from full_yet) and (
    (m.way = 'boundary' and q.pid in (from bounded))
    -- the deny has to be its own to be taken away
    or (m.way = 'deny' and exists (
        from denies as d join s on s.sid = d.sid join grants as g on g.digest = s.digest and g.principal = p.entity
        where d.pid = q.pid and not d.conditional and g.via in ('inline', 'attached')
    ))
);

-- name: again
insert into front
select e.eid, e.entity, e.kind, e.account, e.profile
from e join reached on reached.pid = e.eid
where reached.rank <= cast($most as integer);

-- name: front
delete from stands_for;
insert into stands_for
select eid, kind, account, service, profile, opener
from (
    select *, row_number() over (partition by kind, account, service, profile, opener order by eid in (select rid from refused), eid) as number
    from (
        select f.eid, f.kind, f.account, '' as service, false as profile, '' as opener from front as f
        union all
        select f.eid, f.kind, f.account, v.service, f.profile, '' from front as f join serves as v on v.rid = f.eid
        union all
        select f.eid, f.kind, f.account, '', false, o.account
        from front as f join opens as o on o.rid = f.eid where o.rank <= cast($most as integer)
    )
)
where number <= 2;

-- name: step
insert into found
select q.pid, q.mid, min(t.eid), min(q.rank)
from q_free as q join m on m.mid = q.mid
join stands_for as t
    on t.kind = m.kind and t.service = m.service and t.opener = '' and t.account = q.account and (t.profile or not m.profile)
where m.way in ('become', 'join', 'pass') and q.rank <= cast($most as integer) and t.eid <> q.pid
group by q.pid, q.mid
union all
select q.pid, q.mid, min(t.eid), min(q.rank)
from q_but as q join m on m.mid = q.mid
join front as t on t.kind = m.kind and t.account = q.account and (t.profile or not m.profile)
anti join but as n on n.pid = q.pid and n.aid = q.aid and n.eid = t.eid
where m.way in ('become', 'join', 'pass') and q.rank <= cast($most as integer) and t.eid <> q.pid
    and (m.service = '' or exists (from serves as v where v.rid = t.eid and v.service = m.service))
group by q.pid, q.mid
union all
select q.pid, q.mid, min(t.eid), min(q.rank)
from q_hit as q join m on m.mid = q.mid
join front as t on t.eid = q.eid and (t.profile or not m.profile)
where m.way in ('become', 'join', 'pass') and q.rank <= cast($most as integer) and t.eid <> q.pid
    and (m.service = '' or exists (from serves as v where v.rid = t.eid and v.service = m.service))
group by q.pid, q.mid
union all
select l.pid, m.mid, min(t.eid), min(l.rank)
from lets as l join front as t on t.eid = l.rid join m on m.way = 'assume'
where l.rank <= cast($most as integer)
group by l.pid, m.mid
union all
select q.pid, q.mid, min(t.eid), min(q.rank)
from q_free as q join m on m.mid = q.mid and m.way = 'assume' join e as p on p.eid = q.pid
join stands_for as t on t.opener = p.account and q.account in ('*', t.account)
where q.rank <= cast($most as integer) and t.eid <> q.pid
    and not exists (from refused as x where x.rid = t.eid and x.pid = q.pid)
group by q.pid, q.mid
union all
select q.pid, q.mid, min(t.eid), min(q.rank)
from q_but as q join m on m.mid = q.mid and m.way = 'assume' join e as p on p.eid = q.pid
join opens as o on o.account = p.account and o.rank <= cast($most as integer)
join front as t on t.eid = o.rid
left join but as n on n.pid = q.pid and n.aid = q.aid and n.eid = t.eid
where n.eid is null and (q.account = '*' or q.account = t.account) and q.rank <= cast($most as integer) and t.eid <> q.pid
    and not exists (from refused as x where x.rid = t.eid and x.pid = q.pid)
group by q.pid, q.mid
union all
select q.pid, q.mid, min(t.eid), min(greatest(q.rank, o.rank))
from q_hit as q join m on m.mid = q.mid and m.way = 'assume' join e as p on p.eid = q.pid
join opens as o on o.rid = q.eid and o.account = p.account join front as t on t.eid = q.eid
where greatest(q.rank, o.rank) <= cast($most as integer) and t.eid <> q.pid
    and not exists (from refused as x where x.rid = t.eid and x.pid = q.pid)
group by q.pid, q.mid
union all
select q.pid, q.mid, min(t.eid), min(q.rank)
from q_able as q join m on m.mid = q.mid and m.way = 'carrier' join e as p on p.eid = q.pid
join in_carrier as c on c.method = m.method join front as t on t.entity = c.role and t.account = p.account
where q.rank <= cast($most as integer) and t.eid <> q.pid
    and (q.star or exists (
        from allows as x join s_carrier as k on k.sid = x.sid where x.pid = q.pid and x.aid = m.aid and k.carrier = c.carrier
    ))
group by q.pid, q.mid
union all
-- nothing that carries it was seen, but there may be
select q.pid, q.mid, min(t.eid), 1
from q_able as q join m on m.mid = q.mid and m.way = 'carrier' join e as p on p.eid = q.pid
join stands_for as t on t.kind = 'role' and t.account = p.account and t.service = m.service and (t.profile or not m.profile)
where q.star and cast($most as integer) >= 1 and t.eid <> q.pid
group by q.pid, q.mid
union all
-- what is named was not looked at
select q.pid, q.mid, min(t.eid), 1
from q_able as q join m on m.mid = q.mid and m.way = 'carrier' join e as p on p.eid = q.pid
join in_unseen as u on u.method = m.method and u.account = p.account
join stands_for as t on t.kind = 'role' and t.account = p.account and t.service = m.service and (t.profile or not m.profile)
where not q.star and cast($most as integer) >= 1 and t.eid <> q.pid
    and exists (
        from allows as x join s_target as k on k.sid = x.sid join in_named as n on n.target = k.target
        where x.pid = q.pid and x.aid = m.aid and n.method = m.method and n.account in ('*', p.account)
    )
group by q.pid, q.mid;

-- name: take
insert into edges
select
    f.pid, f.mid, arg_min(f.target, f.rank * 1000000000 + coalesce(f.target, 0)), min(f.rank),
    min(if(m.way in ('write', 'policy', 'sets', 'boundary', 'deny'), 1, 1 + coalesce(r.level, 0))), false
from found as f
join m on m.mid = f.mid
anti join reached as known on known.pid = f.pid
left join reached as r on r.pid = f.target
where f.rank <= cast($most as integer)
group by f.pid, f.mid;
delete from found;
delete from front;
insert into front
select e.eid, e.entity, e.kind, e.account, e.profile
from e semi join edges on edges.pid = e.eid anti join reached on reached.pid = e.eid;
insert into reached
select x.pid, min(x.level), cast($most as integer) from edges as x anti join reached as r on r.pid = x.pid group by x.pid;

-- name: latent
insert into edges
select q.pid, q.mid, min(t.eid), min(q.rank), 1, true
from q_wide as q join m on m.mid = q.mid and m.way = 'pass' and m.weak = ''
join (
    select e.eid, e.account, v.service, e.profile,
        row_number() over (partition by e.account, v.service, e.profile order by e.eid) as number
    from e join serves as v on v.rid = e.eid where e.own
) as t on t.service = m.service and t.account = q.account and (t.profile or not m.profile) and t.number <= 2
anti join reached as r on r.pid = q.pid
where t.eid <> q.pid
group by q.pid, q.mid;

-- name: paths
create temp table step_documents (pid bigint, mid bigint, document varchar);
insert into step_documents
select x.pid, x.mid, min(g.document)
from edges as x
join (select mid, aid from m union all select mid, aid from mo) as n on n.mid = x.mid
join allows as w on w.pid = x.pid and w.aid = n.aid
join s on s.sid = w.sid
join e on e.eid = x.pid
join grants as g on g.principal = e.entity and g.digest = s.digest and g.via in ('inline', 'attached', 'group', 'permission_set')
group by x.pid, x.mid, n.aid;
insert into paths
select
    p.entity, t.entity, i.method, i.way,
    replace(i.says, '{target}', coalesce(regexp_extract(t.entity, '[^/:]+$'), 'it'))
        || case when u.pid is null then '' when i.way = 'policy' then ', of somebody whom it may become' else ', and become it' end,
    i.names, coalesce(d.documents, []), i.service, x.level,
    case when f.pid is not null then 'unknown' when x.rank > 0 then 'conditional' else 'yes' end,
    if(
        i.weak = '' and m.way = 'carrier' and not exists (
            from in_carrier as c where c.method = i.method and c.role = t.entity
        ), 'something that carries it, which was not seen', i.weak
    ),
    if(x.latent, 'role', 'administrator'),
    count(*) over (partition by x.pid),
    if(p.kind = 'group' and len(d.documents) = 1 and o.eid is not null, d.documents[1], p.entity),
    coalesce(l.layers, [])
from edges as x
join m on m.mid = x.mid
join in_method as i on i.method = m.method
join e as p on p.eid = x.pid
left join e as t on t.eid = x.target
left join doubtful as f on f.pid = x.pid
left join unread as l on l.account = p.account and not contains(p.entity, ':role/aws-service-role/')
left join turned as u on u.pid = x.pid and u.mid = x.mid and u.target = x.target
left join (
    select pid, mid, list_sort(list(distinct document)) as documents from step_documents group by pid, mid
) as d on d.pid = x.pid and d.mid = x.mid
left join e as o on o.entity = d.documents[1] and o.kind = 'policy' and o.account = p.account;
