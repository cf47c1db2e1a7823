"""Puts one scan into a history that is open, and reads from it what later scans must know.

In: a connection to a history, and snapshots. Out: rows of schema/history.sql; the SQL is recording.sql.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from scanner.catalog import load
from scanner.catalog.kinds import dumps
from scanner.errors import StoreError
from scanner.seen import GLOBAL, Seen
from scanner.store.connection import Connection, Error

EDITION = 1
TABLES = ("run", "subject", "obs", "unread", "doc", "finding", "sighting", "figure", "named")
SCHEMA = (Path(__file__).with_name("schema") / "history.sql").read_text(encoding="utf-8")
LATER = re.findall(r"^create table if not exists .*?;$", SCHEMA, re.DOTALL | re.MULTILINE)
"""Tables that files of before do not have."""
(
    _,
    STAGING,
    ASKED,
    HASHES,
    UNHASHED,
    RECORDING,
    DOCUMENTS,
    KEEPING,
    STORIES,
    TOLD,
    LATEST,
    CONCLUDING,
    FORMER,
) = re.split(
    r"^-- == .*$",
    Path(__file__).with_name("recording.sql").read_text(encoding="utf-8"),
    flags=re.MULTILINE,
)
NAMING = """
    insert into named
    select (select max(run) from run), n.name, first.resource, first.type, first.account, first.region
    from (select name, min_by(n, resource) as first from snap.host_names as n group by name) as n
    anti join named as k on k.name = n.name
    order by n.name
"""
NEW = "from snap.scan anti join run using (id)"
LOST = """
    from (from told where otherwise) as t anti join (
        select f.fingerprint from sighting as s join finding as f on f.finding = s.finding
        where s.run = (select max(run) from run)
    ) as s on s.fingerprint = t.fingerprint
"""
NOBODY = "\0"
"""The id of no parent: what is unseen of it is unseen of every parent."""
KNOWING = (("scan", "ignored_tags"), ("resources", "hash"), ("declared", "hash"))
"""What a snapshot has that knows the hashes of its documents."""
Rows = list[dict[str, Any]]


class Past(NamedTuple):
    """What `derive.history` reads: rows as in schema/history.sql, of the subjects that have a story."""

    runs: Rows
    subjects: Rows
    observations: Rows
    unread: Rows
    documents: Rows
    window: int = 0
    """The number of the newest runs that are looked at."""


class Known(NamedTuple):
    """What earlier scans say of one finding."""

    status: str
    """open | waived | unknown | gone."""
    first_seen: str
    earliest: str
    reopened: int


class Measured(NamedTuple):
    """What `judge.figures` reads: a row a run; one a run and team; lives alike in length and end; figures."""

    runs: Rows
    flow: Rows
    lives: Rows
    figures: Rows


def attach(connection: Connection, path: Path, name: str) -> None:
    """Make the tables of another file readable under a name."""
    text = str(path).replace("'", "''")
    connection.execute(f"attach '{text}' as {name} (read_only)")


def rows(connection: Connection, query: str, parameters: Any = None) -> Rows:
    """What a query answers, each row by its column names."""
    cursor = connection.execute(query, parameters)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def past(connection: Connection, runs: int = 10, days: int = 14) -> Past:
    """The rows of all that is out of sync, missing or unmanaged, or was lately.

    That is within the last `runs` runs, or within the last `days` days where those were more.
    """
    connection.execute(STAGING)
    (late,) = rows(
        connection,
        "select count(*) as n from run where seen_at > "
        "(select max(seen_at) from run) - to_days(cast(? as integer))",
        [days],
    )
    window = max(runs, late["n"])
    connection.execute("insert into recent select coalesce(max(run), 0) - ? from run", [window])
    connection.execute(STORIES)
    runs_, subjects, observations, unread, documents = (
        rows(connection, query) for query in TOLD.strip().split("\n\n")
    )
    return Past(runs_, subjects, observations, unread, documents, window)


def known(connection: Connection) -> dict[str, Known]:
    """Every finding there ever was, by its fingerprint."""
    connection.execute(STAGING)
    connection.execute(LATEST)
    found = rows(connection, "from latest")
    return {
        row["fingerprint"]: Known(
            row["status"], _iso(row["first_seen"]), _iso(row["earliest"]), row["reopened"]
        )
        for row in found
    }


def named(connection: Connection, wanted: Sequence[str]) -> Rows:
    """Of these names those that a resource of ours ever had, which had it first, and since when."""
    found = rows(
        connection,
        "select n.* exclude (run), r.seen_at as since from named as n join run as r using (run) "
        "where n.name in (select unnest(cast(cast(? as json) as varchar[]))) order by n.name",
        [dumps(list(wanted))],
    )
    return [{**row, "since": _iso(row["since"])} for row in found]


def standing(connection: Connection, wanted: Sequence[str]) -> Rows:
    """Since when each of these resources is as it is, as far back as the runs go."""
    found = rows(
        connection,
        "select s.key as resource, r.seen_at as since from newest((select max(run) from run)) as n "
        "join subject as s on s.subject = n.subject and s.side = 'actual' join run as r on r.run = n.run "
        "where n.hash is not null and s.key in (select unnest(cast(cast(? as json) as varchar[])))",
        [dumps(list(wanted))],
    )
    return [{**row, "since": _iso(row["since"])} for row in found]


def former(connection: Connection, after: str) -> tuple[str, str, list[dict[str, Any]]]:
    """The newest run's id and moment, and what it had found, as findings.json had it then.

    Nothing unless its id is above `after`: then its snapshot tells all that, and more.
    """
    newest = rows(connection, "select id, seen_at from run order by run desc limit 1")
    if not newest or newest[0]["id"] <= after:
        return "", "", []
    connection.execute(STAGING)
    connection.execute(LATEST)
    findings = []
    for row in rows(connection, FORMER):
        finding = json.loads(row.pop("document"))
        finding["owner"]["team"] = row.pop("team")
        stands = row.pop("status")
        times = {name: _iso(row.pop(name)) for name in ("first_seen", "earliest")}
        findings.append(
            {**finding, **row, **times, "status": "standing" if stands == "open" else stands}
        )
    return newest[0]["id"], _iso(newest[0]["seen_at"]), findings


def measured(connection: Connection) -> Measured:
    """What the whole history says in numbers."""
    runs = rows(connection, "select run, seen_at as at from run order by run")
    return Measured(
        [{**row, "at": _iso(row["at"])} for row in runs],
        rows(connection, "from flow()"),
        rows(
            connection,
            "select team, fixed, unseen, epoch(until_at - came_at) / 86400 as days, "
            "if(fixed, strftime(until_at, '%Y-%m-%d'), null) as day, count(*) as n "
            "from life() group by all order by all",
        ),
        rows(connection, "from figure order by run, name, team"),
    )


def check(connection: Connection, *, documents: bool = False) -> None:
    """Read the whole file once. Raises StoreError or duckdb's Error where it is not a whole history."""
    connection.execute(STAGING)
    if rows(connection, "from edition") != [{"number": EDITION}]:
        raise StoreError("made by another version of watchbill")
    for table in TABLES:
        read = "hash" if table == "doc" and not documents else "*"
        rows(connection, f"select bit_xor(hash(t)) from (select {read} from {table}) as t")  # noqa: S608
    if rows(connection, "from broken()"):
        raise StoreError("its newest run is not whole")


def record(connection: Connection, snapshot: Path, ignored_tags: Sequence[str] = ()) -> bool:
    """Add a scan in one transaction; returns whether it was new.

    Raises duckdb's Error where the snapshot cannot be read; StoreError where what was written cannot be
    read back, and then the file is not to be used any more.
    """
    attach(connection, snapshot, "snap")
    try:
        connection.execute(STAGING)
        if not rows(connection, NEW):
            return False
        _stage(connection, list(ignored_tags))
        connection.execute("begin")
        try:
            connection.execute(RECORDING)
            _write_documents(connection)
            connection.execute(KEEPING)
            if rows(
                connection,
                "from duckdb_tables() where database_name = 'snap' and table_name = 'host_names'",
            ):
                connection.execute(NAMING)
            connection.execute("commit")
        except Error:
            with suppress(Error):
                connection.execute("rollback")
            raise
        # a commit may do nothing and not say so
        if rows(connection, NEW) or rows(connection, "from broken()"):
            raise StoreError(f"{snapshot.name}: cannot be read back")
        return True
    finally:
        with suppress(Error):
            connection.execute("detach snap")


def conclude(connection: Connection, snapshot: Path) -> None:
    """Add what the rules found to the newest run, in one transaction. Raises like `record`."""
    attach(connection, snapshot, "snap")
    try:
        connection.execute(STAGING)
        connection.execute(LATEST)
        connection.execute("begin")
        try:
            connection.execute(CONCLUDING)
            connection.execute("commit")
        except Error:
            with suppress(Error):
                connection.execute("rollback")
            raise
        if rows(connection, LOST):
            raise StoreError(f"{snapshot.name}: its findings cannot be read back")
    finally:
        with suppress(Error):
            connection.execute("detach snap")


def _stage(connection: Connection, ignored_tags: list[str]) -> None:
    """Put beside the attached snapshot what the catalog says of it, and what its ledger saw."""
    types = {kind.type: [kind.container, *kind.attributes, "tags"] for kind in load().values()}
    sight = {" ".join(place): broken for place, broken in _scope(rows(connection, ASKED))}
    known = all(
        rows(connection, f"from pragma_table_info('snap.{table}') where name = '{column}'")
        for table, column in KNOWING
    )
    connection.execute(HASHES if known else UNHASHED)
    # as text: each value of a list would be a parameter of its own, and those are slow
    connection.execute(
        "insert into given values (?, ?, ?)", [dumps(types), dumps(sight), ignored_tags]
    )


def _write_documents(connection: Connection) -> None:
    """The documents of new resources, type by type: the paths of one are few and always the same."""
    new = rows(
        connection,
        "select distinct type from wanted where side = 'actual' and document is null order by type",
    )
    for row in new:
        names = sorted({*load()[row["type"]].attributes, "tags"})
        members = ", ".join(
            f"""'"{name}":' || """ + ("told" if name == "tags" else f"value[{place}]")
            for place, name in enumerate(names, 1)
        )
        paths = ", ".join(f"""'$."{name}"'""" for name in names)
        connection.execute(
            DOCUMENTS.format(type=f"'{row['type']}'", members=members, paths=f"[{paths}]")
        )


def _scope(ledger: Rows) -> Iterator[tuple[tuple[str, str, str], list[str]]]:
    """The types and places in which absence is a fact, but not below the parents given with them."""
    seen = Seen(SimpleNamespace(**row) for row in ledger)
    places = {(row["account"], row["region"]) for row in ledger}
    parents = {(row["type"], row["account"], row["parent"]) for row in ledger if row["parent"]}
    for kind, (account, region) in product(load().values(), sorted(places)):
        if kind.scope != "account" and (kind.scope == "region") == (region == GLOBAL):
            continue
        broken: list[str] = []
        if seen.listed(kind.type, account, region):
            if not kind.container or seen.listed(kind.type, account, region, NOBODY):
                continue
            held = (kind.type, kind.container)
            broken = sorted(
                {p for type_, where, p in parents if type_ in held and where == account}
            )
        yield (kind.type, account, region), broken


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
