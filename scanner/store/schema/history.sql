-- The tables of a store's history. This file is public API, like the tables of a snapshot.
-- Rows are only ever added, one transaction a run, and an observation only where it differs from the newest
-- one of its subject. What could not be looked at has no observation: it is neither gone nor changed.

-- Which edition of these tables the file holds.
create table edition (
    number integer not null
);

-- One row a recorded scan, in the order of their ids.
create table run (
    run integer not null,             -- 1, 2, 3, ...
    id varchar not null,              -- of the scan
    seen_at timestamp not null,
    version varchar not null,         -- of watchbill
    sources varchar not null,         -- JSON: each state's source, path, status, serial, lineage and digest
    sight uuid not null,              -- doc: what was asked and what of it did not come back whole
    ignored_tags varchar[] not null,  -- prefixes of the tag keys that are not compared
    observations bigint not null,
    checksum ubigint not null         -- over the observations of this run
);

-- What can be observed: a declared instance by source and address, an actual resource by its name.
create table subject (
    subject integer not null,
    side varchar not null,            -- declared | actual
    source varchar not null,          -- lineage of the state, else its path; `` for a resource
    key varchar not null,             -- address, or resource
    type varchar not null,
    account varchar not null,
    region varchar not null,
    parent varchar not null           -- Terraform id of the resource whose list holds it, or ``
);

-- Every distinct document once, by the first 128 bits of its sha256.
create table doc (
    hash uuid not null,
    document varchar not null using compression zstd
);

-- What a subject was found to be, from this run on until the next row.
create table obs (
    run integer not null,
    subject integer not null,
    hash uuid,                        -- doc of the compared attributes; null: gone
    verdict varchar,                  -- declared: matched | missing; actual: its class
    changed varchar[],                -- declared: attributes that differ from the resource's, or null
    resource integer                  -- declared: subject of its resource
);

-- Attributes of a matched instance that could not be read, from this run on; `*` is all of it, null none.
create table unread (
    run integer not null,
    subject integer not null,
    attributes varchar[]
);

-- The newest observation of every subject at a run.
create macro newest(night) as table
    select o.* from obs as o
    join (select subject, max(run) as run from obs where run <= night group by subject) as n
    on o.subject = n.subject and o.run = n.run;

-- The last run that was made by a moment.
create macro run_at(moment) as (select coalesce(max(run), 0) from run where seen_at <= moment);

-- Everything as it was last seen at a run.
create macro as_of(night) as table
    select s.side, s.source, s.key, s.type, s.account, s.region, n.run, n.verdict, n.changed, d.document
    from newest(night) as n
    join subject as s on s.subject = n.subject
    join doc as d on d.hash = n.hash;

-- What differs between two runs: `before` or `after` is null where the subject was not there.
create macro difference(a, b) as table
    with touched as (select distinct subject from obs where run > a and run <= b),
    earlier as (
        select arg_max(o, o.run) as o from obs as o
        where o.run <= a and o.subject in (from touched) group by o.subject
    ),
    later as (
        select arg_max(o, o.run) as o from obs as o
        where o.run > a and o.run <= b group by o.subject
    ),
    pair as (
        select l.o.subject as subject, e.o as e, l.o as l
        from later as l left join earlier as e on e.o.subject = l.o.subject
    )
    select s.side, s.source, s.key, s.type, p.e.verdict as verdict_before, p.l.verdict as verdict,
        x.document as before, y.document as after
    from pair as p
    join subject as s on s.subject = p.subject
    left join doc as x on x.hash = p.e.hash
    left join doc as y on y.hash = p.l.hash
    where p.e.hash is distinct from p.l.hash or p.e.verdict is distinct from p.l.verdict;

-- Every name and public address by which a resource of ours was ever reached, with the one that had it first.
create table if not exists named (
    run integer not null,             -- that saw it first
    name varchar not null,
    resource varchar not null,
    type varchar not null,
    account varchar not null,
    region varchar not null
);

-- Every finding there ever was, by its fingerprint.
create table finding (
    finding integer not null,
    fingerprint varchar not null,
    rule varchar not null,
    resource varchar not null,
    type varchar not null,
    account varchar not null,
    region varchar not null
);

-- What became of a finding, from this run on until its next row. One that could not be looked at is `unknown`: it
-- is what it was before. Only what was a fact once has rows.
create table sighting (
    run integer not null,
    finding integer not null,
    status varchar not null,          -- open | waived | unknown | gone
    severity varchar not null,
    team varchar,
    first_seen timestamp not null,    -- when it came, or came back
    earliest timestamp not null,      -- when it came first
    reopened integer not null,        -- how often it had gone and was back
    hash uuid not null                -- doc: the finding as it was when it came, or came back
);

-- Figures of a run that its observations and sightings do not tell.
create table figure (
    run integer not null,
    name varchar not null,            -- declared | owned | accountable | waste | seen
    team varchar,                     -- null: all of them
    part double not null,
    whole double not null,
    unseen double not null            -- how many of them, beside `whole`, could not be decided
);

-- Findings that figures are made of: a rule that failed is our own, and what only tells of the past ends by itself.
create macro counted() as table
    select finding from finding
    where type <> 'watchbill_rule' and rule not in ('drift/absorbed-change', 'drift/recurring-drift');

-- One row a run and team: what came, came back and was fixed in it, and what stands since. What could not be
-- looked at is `unknown`: neither open nor fixed.
create macro flow() as table
    with step as (
        select s.run, s.finding, s.team, s.status,
            lag(s.status) over (partition by s.finding order by s.run) as was,
            lag(s.team) over (partition by s.finding order by s.run) as was_team,
            last_value(nullif(s.status, 'unknown') ignore nulls) over (
                partition by s.finding order by s.run rows between unbounded preceding and 1 preceding
            ) as known
        from sighting as s semi join counted() as c on c.finding = s.finding
    ),
    event as (
        select run, team, count(*) filter (where known is null) as came,
            count(*) filter (where known = 'gone' and status <> 'gone') as back,
            count(*) filter (where status = 'gone') as fixed,
            count(*) filter (where status = 'open' and coalesce(known, 'gone') = 'gone') as opened
        from step group by run, team
    ),
    move as (
        select run, team, status, 1 as n from step
        union all
        select run, was_team, was, -1 from step where was is not null
    ),
    held as (
        select run, team, sum(if(status = 'open', n, 0)) as open, sum(if(status = 'unknown', n, 0)) as unknown,
            sum(if(status = 'waived', n, 0)) as waived
        from move group by run, team
    ),
    counts as (
        select r.run, r.seen_at, t.team, coalesce(e.came, 0) as came, coalesce(e.back, 0) as back,
            coalesce(e.fixed, 0) as fixed, coalesce(e.opened, 0) as opened,
            sum(coalesce(h.open, 0)) over (partition by t.team order by r.run) as open,
            sum(coalesce(h.unknown, 0)) over (partition by t.team order by r.run) as unknown,
            sum(coalesce(h.waived, 0)) over (partition by t.team order by r.run) as waived
        from run as r cross join (select distinct team from step) as t
        left join event as e on e.run = r.run and e.team is not distinct from t.team
        left join held as h on h.run = r.run and h.team is not distinct from t.team
    )
    select run, seen_at, team, came as new, back as reopened, fixed, cast(open - opened as bigint) as standing,
        cast(open as bigint) as open, cast(unknown as bigint) as unknown, cast(waived as bigint) as waived
    from counts order by run, team;

-- One row each time a finding came: until it was fixed, or until it was last seen. Whose it is, is whose it was last.
create macro life() as table
    with fact as (
        select s.*, lag(s.status) over (partition by s.finding order by s.run) as was
        from sighting as s semi join counted() as c on c.finding = s.finding
        where s.status <> 'unknown'
    ),
    turn as (
        select finding, run, status, lead(run) over (partition by finding order by run) as ended
        from fact where (status = 'gone') <> (coalesce(was, 'gone') = 'gone')
    ),
    span as (
        select t.finding, t.run as came, t.ended, arg_max(s, s.run) as last
        from turn as t
        join sighting as s on s.finding = t.finding and s.run >= t.run and s.run <= coalesce(t.ended, s.run)
        where t.status <> 'gone'
        group by t.finding, t.run, t.ended
    ),
    looked as (
        select *, coalesce(ended, if(last.status = 'unknown', last.run - 1, (select max(run) from run))) as until
        from span
    )
    select f.fingerprint, f.rule, l.last.team as team, a.seen_at as came_at, z.seen_at as until_at,
        l.ended is not null as fixed, l.ended is null and l.last.status = 'unknown' as unseen
    from looked as l
    join finding as f on f.finding = l.finding
    join run as a on a.run = l.came
    join run as z on z.run = l.until
    order by f.fingerprint, came_at;
