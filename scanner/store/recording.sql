-- What a scan does to the history (schema/history.sql), in sections that store/recording.py runs.

-- == staging: what a scan says, in tables of the connection. `snap` is the attached snapshot.

-- of each type its container and what is compared; where absence is a fact, but not below which parents
create or replace temp table given (types varchar, sight varchar, ignored_tags varchar[]);
create or replace temp table this (
    run integer, id varchar, seen_at timestamp, version varchar, sources varchar, sight varchar,
    ignored_tags varchar[]
);
create or replace temp table compared (type varchar, container varchar, names varchar[]);
create or replace temp table scope (
    type varchar, account varchar, region varchar, broken varchar[]
);
create or replace temp table stated (source varchar, name varchar);
create or replace temp table before (
    run integer, subject integer, hash uuid, verdict varchar, changed varchar[], resource integer
);
create or replace temp table kept (resource varchar, document varchar);
create or replace temp table tonight (
    subject integer, side varchar, source varchar, path varchar, key varchar, type varchar, account varchar,
    region varchar, link varchar, verdict varchar, changed varchar[], unread varchar[],
    document varchar, hash uuid
);
create or replace temp table wanted (
    hash uuid, side varchar, path varchar, key varchar, type varchar, document varchar
);
create or replace temp table change (
    subject integer, hash uuid, verdict varchar, changed varchar[], resource integer
);
-- stories are told of these, and of `compared` ones with their documents
create or replace temp table recent (run integer);
create or replace temp table latest (
    finding integer, fingerprint varchar, status varchar, severity varchar, team varchar,
    first_seen timestamp, earliest timestamp, reopened integer, hash uuid
);
create or replace temp table told (
    finding integer, fingerprint varchar, rule varchar, resource varchar, type varchar, account varchar,
    region varchar, status varchar, severity varchar, team varchar, first_seen timestamp,
    earliest timestamp, reopened integer, document varchar, hash uuid, otherwise boolean
);
create or replace temp table story (subject integer, compared boolean);
create or replace temp macro moment(text) as
    cast(replace(replace(text, 'T', ' '), 'Z', '') as timestamp);
create or replace temp macro hashed(document) as cast(left(sha256(document), 32) as uuid);
create or replace temp macro members(document) as
    cast(cast(document as json) as map(varchar, json));
create or replace temp macro written(members, names) as
    '{' || array_to_string(list_transform(
        list_sort(list_filter(map_entries(members), lambda m: list_contains(names, m.key))),
        lambda m: to_json(m.key) || ':' || coalesce(m.value, 'null')
    ), ',') || '}';
create or replace temp macro with_tags(attributes, tags) as
    case when tags is null then attributes
        else left(attributes, -1) || if(attributes = '{}', '', ',') || '"tags":' || tags || '}' end;
-- JSON of a resource's tags that are compared, and with it of all of it that is
create or replace temp macro told_tags(tags, ignored) as
    to_json(map_from_entries(list_filter(map_entries(tags), lambda t:
        not starts_with(t.key, 'aws:')
        and len(list_filter(ignored, lambda i: starts_with(t.key, i))) = 0
    )));
create or replace temp macro kept_of(attributes, tags, ignored, names, kept) as
    written(
        if(kept is null, members(with_tags(attributes, told_tags(tags, ignored))),
            map_concat(members(kept), members(with_tags(attributes, told_tags(tags, ignored))))), names
    );
create or replace temp macro declared_members(attribute, declared) as
    -- by attribute, since no name is the start of another with its quotation mark
    array_to_string(list_sort(list(to_json(attribute) || ':' || coalesce(declared, 'null'))), ',');
create or replace temp macro sum_of(o) as
    md5_number_lower(concat_ws('|', o.subject, o.hash, o.verdict, o.changed, o.resource));

-- the newest run, if its observations are not those its row says
create or replace temp macro broken() as table
    with newest as (from run order by run desc limit 1),
    found as (
        select count(*) as n, coalesce(bit_xor(sum_of(o)), 0) as checksum
        from obs as o semi join newest using (run)
        where hash is null or hash in (select hash from doc)
    )
    select r.run from newest as r cross join found as f
    where f.n <> r.observations or f.checksum <> r.checksum;

-- == asked: what seen.py needs of the ledger.

select distinct account, region, service, operation, type, status, error_code, complete,
    if(complete, '', parent) as parent
from snap.ledger;

-- == hashes: what the snapshot knows of its documents; one that ignored other tags, or is older, knows nothing.

create or replace temp view hashed_resources as
    select r.* replace (if(s.ignored_tags = g.ignored_tags, r.hash, null) as hash)
    from snap.resources as r cross join snap.scan as s cross join given as g;
create or replace temp view hashed_declared as
    select d.* replace (if(s.ignored_tags = g.ignored_tags, d.hash, null) as hash)
    from snap.declared as d cross join snap.scan as s cross join given as g;

-- == unhashed: likewise, of a snapshot without them.

create or replace temp view hashed_resources as
    select r.*, cast(null as varchar) as hash from snap.resources as r;
create or replace temp view hashed_declared as
    select d.*, cast(null as varchar) as hash from snap.declared as d;

-- == recording: one transaction.

insert into compared
    select t.key, t.value[1], t.value[2:] from (
        select unnest(map_entries(cast(cast(types as json) as map(varchar, varchar[])))) as t from given
    );

insert into scope
    select split_part(s.key, ' ', 1), split_part(s.key, ' ', 2), split_part(s.key, ' ', 3), s.value from (
        select unnest(map_entries(cast(cast(sight as json) as map(varchar, varchar[])))) as s from given
    );

insert into stated
    select source, coalesce(nullif(lineage, ''), source) from snap.sources where status = 'ok';

insert into this
    select (select coalesce(max(run), 0) + 1 from run), s.id, s.seen_at, s.version,
        (select coalesce(to_json(list({
            source: coalesce(nullif(lineage, ''), source), path: source, status: status,
            serial: serial, lineage: lineage, digest: digest
        } order by source)), '[]') from snap.sources),
        g.sight, g.ignored_tags
    from snap.scan as s cross join given as g;

insert into before select run, subject, hash, verdict, changed, resource from newest(2147483647);

-- a call about a resource that did not come back leaves what was last known
insert into kept
    select s.key, d.document
    from snap.resources as r
    join subject as s on s.side = 'actual' and s.key = r.resource and len(r.unread) > 0
    join before as b on b.subject = s.subject
    join doc as d on d.hash = b.hash;

-- what the snapshot knows the hash of needs no document, unless that hash is new
insert into tonight by name
    select s.subject, 'actual' as side, '' as source, r.resource as key, r.type, r.account, r.region,
        -- where no state could be read, the class is not known
        nullif(r.class, 'unknown') as verdict, cast(r.hash as uuid) as hash
    from hashed_resources as r
    semi join compared as c on c.type = r.type
    left join subject as s on s.side = 'actual' and s.key = r.resource;

update tonight set document = r.document, hash = hashed(r.document)
    from (
        select r.resource, kept_of(r.attributes, r.tags, w.ignored_tags, c.names, k.document) as document
        from snap.resources as r
        semi join (
            select key from tonight where hash is null union all select resource from kept
        ) as n on n.key = r.resource
        cross join this as w
        join compared as c on c.type = r.type
        left join kept as k on k.resource = r.resource
    ) as r
    where r.resource = key;

insert into tonight by name
    with odd as (
        select source, address, list(attribute) filter (where verdict = 'changed') as changed,
            list(attribute) filter (where verdict = 'unreadable') as unread
        from snap.comparisons where verdict <> 'in_sync' group by source, address
    )
    select b.subject, 'declared' as side, s.name as source, d.source as path, d.address as key, d.type,
        d.account, d.region, d.resource as link, if(d.status = 'missing', 'missing', 'matched') as verdict,
        o.changed, o.unread, cast(d.hash as uuid) as hash
    from hashed_declared as d
    join stated as s on s.source = d.source
    left join subject as b on b.side = 'declared' and b.source = s.name and b.key = d.address
    left join odd as o on o.source = d.source and o.address = d.address
    where d.deposed = '' and (d.status in ('in_sync', 'changed', 'missing', 'not_compared')
        or (d.status = 'unreadable' and d.resource is not null));

update tonight set document = c.document, hash = hashed(c.document)
    from (
        select d.path, d.key, '{' || coalesce(declared_members(c.attribute, c.declared), '') || '}' as document
        from tonight as d
        left join snap.comparisons as c on c.source = d.path and c.address = d.key
        where d.side = 'declared' and d.hash is null
        group by d.path, d.key
    ) as c
    where side = 'declared' and tonight.path = c.path and tonight.key = c.key;

insert into subject
    with above as (
        select distinct on (r.resource) 'actual' as side, r.resource as key, p.id
        from snap.resources as r
        join compared as c on c.type = r.type
        join snap.resources as p on p.resource = r.parent and p.type = c.container
    )
    select (select coalesce(max(subject), 0) from subject)
            + row_number() over (order by t.side, t.source, t.key),
        t.side, t.source, t.key, t.type, t.account, t.region, coalesce(a.id, '')
    from (select distinct on (side, source, key) * from tonight where subject is null) as t
    left join above as a on a.side = t.side and a.key = t.key;

update tonight as t set subject = s.subject from subject as s
    where t.subject is null and s.side = t.side and s.source = t.source and s.key = t.key;

insert into change
    with found as (
        select t.subject,
            -- of what is missing no declared value is stored: the last known ones stand
            if(t.verdict = 'missing', coalesce(b.hash, t.hash), t.hash) as hash,
            coalesce(t.verdict, b.verdict) as verdict,
            nullif(list_sort(list_distinct(list_concat(
                coalesce(t.changed, []), list_intersect(coalesce(t.unread, []), coalesce(b.changed, []))
            ))), []) as changed,
            coalesce(r.subject, b.resource) as resource,
            b as b
        from tonight as t
        left join before as b on b.subject = t.subject
        left join subject as r on r.side = 'actual' and r.key = t.link
    )
    select distinct on (subject) subject, hash, verdict, changed, resource from found
    where b.subject is null or b.hash is distinct from hash or b.verdict is distinct from verdict
        or b.changed is distinct from changed or b.resource is distinct from resource
    union all
    select b.subject, null, null, null, b.resource
    from before as b
    join subject as s on s.subject = b.subject
    join scope as c on c.type = s.type and c.account = s.account and c.region = s.region
        and (len(c.broken) = 0 or (s.parent <> '' and not list_contains(c.broken, s.parent)))
    anti join tonight as t on t.subject = b.subject
    where b.hash is not null and s.side = 'actual'
    union all
    select b.subject, null, null, null, b.resource
    from (from before anti join tonight using (subject)) as b
    join subject as s on s.subject = b.subject and s.side = 'declared'
    semi join stated as w on w.name = s.source
    anti join (
        select w.name, d.address from snap.declared as d join stated as w on w.source = d.source
        where d.deposed = ''
    ) as d on d.name = s.source and d.address = s.key
    where b.hash is not null;

insert into unread
    with newest_ as (select subject, arg_max(u, u.run) as u from unread as u group by subject),
    now_ as (
        select t.subject, nullif(list_sort(t.unread), []) as attributes
        from tonight as t
        where t.side = 'declared' and t.verdict = 'matched'
        union all
        -- the lists are whole, and still the state does not say which of the resources it is
        select s.subject, ['*']
        from snap.declared as d
        join stated as w on w.source = d.source
        join subject as s on s.side = 'declared' and s.source = w.name and s.key = d.address
        join before as b on b.subject = s.subject
        join subject as r on r.subject = b.resource
        semi join scope as c on c.type = r.type and c.account = r.account and c.region = r.region
        where d.deposed = '' and d.status = 'unreadable' and d.resource is null
    )
    select w.run, n.subject, n.attributes
    from now_ as n cross join this as w left join newest_ as p on p.subject = n.subject
    where n.attributes is distinct from p.u.attributes;

insert into wanted by name
    select hash, side, path, key, type, document from tonight
    semi join change using (hash) anti join doc using (hash);

-- == documents: of the resources of one type that are new; {type}, and {members} of its names.

update wanted as t set document = '{{' || concat_ws(',', {members}) || '}}'
    from (
        select r.resource, json_extract(r.attributes, {paths}) as value,
            told_tags(r.tags, w.ignored_tags) as told
        from snap.resources as r
        semi join (
            select key from wanted where side = 'actual' and type = {type} and document is null
        ) as n on n.key = r.resource
        cross join this as w
    ) as r
    where t.side = 'actual' and t.type = {type} and t.key = r.resource and t.document is null;

-- == keeping: what was recorded, with its documents, in the same transaction.

insert into doc
    with compared_ as (
        select source, address, declared_members(attribute, declared) as members
        from snap.comparisons semi join (
            select path as source, key as address from wanted
            where side = 'declared' and document is null
        ) as d using (source, address)
        group by source, address
    ),
    found as (
        select hash, document from wanted where document is not null
        union all
        select t.hash, '{' || coalesce(c.members, '') || '}'
        from wanted as t
        left join compared_ as c on c.source = t.path and c.address = t.key
        where t.side = 'declared' and t.document is null
        union all
        select hashed(sight), sight from this as w
        where hashed(sight) not in (select hash from doc)
    )
    select hash, any_value(document) from found group by hash;

insert into obs select w.run, c.* from change as c cross join this as w order by c.subject;

insert into run
    select w.run, w.id, w.seen_at, w.version, w.sources, hashed(w.sight), w.ignored_tags,
        (select count(*) from change), (select coalesce(bit_xor(sum_of(c)), 0) from change as c)
    from this as w;

-- == stories: what is out of sync, missing or unmanaged, or was after the run in `recent`.

insert into story
    with standing as (select subject, max(run) as run from obs where run <= (from recent) group by subject)
    select distinct o.subject, true
    from obs as o
    join subject as s on s.subject = o.subject and s.side = 'declared'
    left join standing as f on f.subject = o.subject
    where (o.hash is null and o.run > (from recent))
        or ((o.verdict = 'missing' or o.changed is not null) and (o.run > (from recent) or o.run = f.run));

insert into story
    select distinct o.resource, true from obs as o semi join story using (subject)
    where o.resource is not null;

insert into story
    with life as (
        select o.subject, arg_max(o, o.run) as o,
            count(distinct (coalesce(verdict, ''), hash is null)) as states
        from obs as o join subject as s on s.subject = o.subject and s.side = 'actual'
        anti join story as t on t.subject = o.subject
        group by o.subject
    )
    select subject, false from life
    where (o.hash is not null and o.verdict = 'unmanaged') or (o.run > (from recent) and states > 1);

-- == told: the rows of Past, in its order.

select run, id, seen_at, sources, ignored_tags, document as sight
from run join doc on hash = sight order by run;

from subject semi join story using (subject) order by subject;

select run, subject, cast(hash as varchar) as hash, verdict, changed, resource
from obs semi join story using (subject) order by subject, run;

from unread semi join story using (subject) order by subject, run;

select cast(hash as varchar) as hash, document from doc where hash in (
    select o.hash from obs as o semi join story as s on s.subject = o.subject and s.compared
);

-- == latest: the newest sighting of every finding.

insert into latest
    select s.finding, f.fingerprint, s.status, s.severity, s.team, s.first_seen, s.earliest, s.reopened, s.hash
    from finding as f
    join (select finding, unnest(arg_max(s, s.run)) from sighting as s group by finding) as s
        on s.finding = f.finding;

-- == concluding: what the rules found, in one transaction.

insert into told by name
    with found as (
        select f.*, if(f.status in ('new', 'standing'), 'open', f.status) as stands,
            cast(to_json({
                fingerprint: f.fingerprint, rule: f.rule, severity: f.severity, status: f.status,
                resource: f.resource, type: f.type, id: f.id, name: f.name, account: f.account,
                region: f.region, address: f.address,
                owner: {team: f.team, via: f.via, state: f.owner_state}, says: f.says,
                evidence: cast(f.evidence as json), first_seen: f.first_seen, fix: f.fix
            }) as varchar) as document
        from snap.findings as f
    )
    select l.finding, f.fingerprint, f.rule, f.resource, f.type, f.account, f.region,
        f.stands as status, f.severity, f.team, moment(f.first_seen) as first_seen,
        moment(f.earliest) as earliest, f.reopened, f.document,
        if(l.finding is null or l.status = 'gone', hashed(f.document), l.hash) as hash,
        l.finding is null or l.status <> f.stands or l.severity <> f.severity
            or l.team is distinct from f.team as otherwise
    from found as f
    left join latest as l on l.fingerprint = f.fingerprint
    -- what was never a fact has no history yet, and what has gone is told once
    where f.stands in ('open', 'waived') or (l.finding is not null and l.status <> 'gone');

insert into finding
    select (select coalesce(max(finding), 0) from finding) + row_number() over (order by fingerprint),
        fingerprint, rule, resource, type, account, region
    from told where finding is null;

insert into doc
    select hash, any_value(document) from told anti join doc using (hash)
    where otherwise group by hash;

insert into sighting
    select r.run, f.finding, t.status, t.severity, t.team, t.first_seen, t.earliest, t.reopened, t.hash
    from told as t
    join finding as f on f.fingerprint = t.fingerprint
    cross join (select max(run) as run from run) as r
    where t.otherwise
    order by f.finding;

insert into figure
    with role as (
        select resource, count(*) filter (where state in ('valid', 'inherited')) = 4 as answered,
            bool_or(state = 'unread') as unread, bool_or(state = 'untaggable') as untaggable
        from snap.owner_roles group by resource
    ),
    own as (
        -- AWS's own objects and parts of others are nobody's to own
        select o.state, e.answered, e.unread, e.untaggable
        from snap.resources as r
        join snap.owners as o on o.resource = r.resource
        left join role as e on e.resource = r.resource
        where r.origin = '' and not r.part
    ),
    counted as (
        select 'declared' as name, null as team,
            count(*) filter (where class in ('declared', 'double_declared')) as part,
            count(*) filter (where class <> 'unknown') as whole,
            count(*) filter (where class = 'unknown') as unseen
        from snap.resources where class not in ('provider_default', 'child')
        union all
        select 'owned', null, count(*) filter (where state in ('valid', 'inherited')),
            count(*) filter (where state not in ('unread', 'untaggable')),
            count(*) filter (where state = 'unread')
        from own
        union all
        select 'accountable', null, count(*) filter (where answered),
            count(*) filter (where not unread and not untaggable), count(*) filter (where unread)
        from own
        union all
        select 'seen', null, count(*) filter (where complete), count(*), 0 from snap.ledger
        union all
        select 'waste', team, coalesce(sum(cost), 0), count(cost), count(*) - count(cost)
        from (
            select team, try_cast(json_extract_string(evidence, '$.monthly_cost') as double) as cost
            from snap.findings where rule like 'orphan/%' and status in ('new', 'standing')
        )
        group by team
    )
    select r.run, c.* from counted as c cross join (select max(run) as run from run) as r;

-- == former: findings that stood in the newest run, as they were when they came.

select d.document, s.status, s.severity, s.team, s.first_seen, s.earliest, s.reopened
from latest as s join doc as d on d.hash = s.hash where s.status <> 'gone'
order by s.fingerprint;
