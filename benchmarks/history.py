"""What a store's history costs: CPU a night, bytes against the least there could be, and its answers.

    python benchmarks/history.py [RESOURCES [NIGHTS]]

Each night 1 % of the resources change, half of them by hand and half through Terraform. A ratio is against
work of the same run on the same machine: a night against reading the facts of its snapshot once, the file
against its distinct documents in one compressed table.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scanner.derive import history as stories
from scanner.store import history
from scanner.store.connection import writer
from scanner.store.relations import ddl

CHANGING = 100
"""One in so many resources changes in a night."""
KEPT = 10
"""So many of the newest snapshots stay in the store."""
FIXED = {
    "kms_master_key_id": """'"arn:aws:kms:us-east-1:123456789012:key/' || uuid() || '"'""",
    "policy": """'{"Statement":[{"Action":["sqs:SendMessage"],"Effect":"Allow","Principal":{"AWS":['
        || '"arn:aws:iam::123456789012:role/' || uuid() || '","arn:aws:iam::123456789012:role/' || uuid()
        || '"]},"Resource":["arn:aws:sqs:us-east-1:123456789012:' || name || '"],"Sid":"' || uuid()
        || '"}],"Version":"2012-10-17"}'""",
    "redrive_policy": """'{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:' || uuid()
        || '","maxReceiveCount":5}'""",
    "tags": """'{"company":"harbour","name":"' || name || '","stack":"' || uuid() || '","team":"team-'
        || i % 40 || '"}'""",
}
"""Attributes that no night changes, as JSON."""
APPLIED = "(60 + applied)::varchar"
HAND = "(30 + hand % 2)::varchar"


def nights(folder: Path, resources: int) -> Callable[[int], Path]:
    """Gives a function that writes the snapshot of a night into the store and returns its path."""
    estate = writer(folder / "estate.duckdb")
    columns = ", ".join(f"{name} varchar" for name in FIXED)
    estate.execute(
        "create table estate (i bigint, name varchar, arn varchar, address varchar, hand bigint, "
        f"applied bigint, {columns})"
    )
    estate.execute(
        "insert into estate select i, 'queue-' || i as name, 'arn:aws:sqs:us-east-1:123456789012:' || name, "
        """'module.queues["' || i % 100 || '"].aws_sqs_queue.q' || i, 0, 0, """
        f"{', '.join(FIXED.values())} from range(?) as t(i)",
        [resources],
    )

    def night(number: int) -> Path:
        for column, rest in (("hand", 0), ("applied", 1)) if number else ():
            estate.execute(
                f"update estate set {column} = {column} + 1 where hash(i, ?) % ? = ?",
                [number, 2 * CHANGING, rest],
            )
        path = folder / "scans" / f"20261123T{number:06}Z-000000.duckdb"
        path.parent.mkdir(exist_ok=True)
        writer(path).execute(ddl()).close()
        estate.execute(f"attach '{path}' as snap")
        estate.execute("begin")
        for statement in snapshot(number):
            estate.execute(statement)
        estate.execute("commit")
        estate.execute("detach snap")
        return path

    return night


def snapshot(number: int) -> list[str]:
    """The statements that fill `snap` with what the estate is."""
    seen_at = f"timestamp '2026-01-01' + interval {number} day"
    place = "'123456789012', 'us-east-1'"
    own = {n: n for n in FIXED if n != "tags"} | {"message_retention_seconds": APPLIED}
    members = " || ',' || ".join(
        f"""'"{name}":' || {value}"""
        for name, value in (own | {"visibility_timeout_seconds": HAND}).items()
    )
    both = own | {"tags": "tags"}
    documents = [
        "left(sha256('{' || "
        + " || ',' || ".join(f"""'"{n}":' || {v}""" for n, v in sorted((both | seen).items()))
        + " || '}'), 32)"
        for seen in (
            {"visibility_timeout_seconds": HAND},
            {"visibility_timeout_seconds": "'30'"},
        )
    ]
    compared = ", ".join(f"{{n: '{n}', d: {v}, a: {v}}}" for n, v in both.items())
    return [
        f"insert into snap.scan by name select '20261123T{number:06}Z-000000' as id, '0' as version, "
        f"{seen_at} as started, {seen_at} as seen_at, ['123456789012'] as accounts, "
        "['123456789012'] as own_accounts, ['us-east-1'] as regions, [] as ignored_tags, 1 as canary",
        f"insert into snap.ledger values ({place}, 'sqs', 'list_queues', 'aws_sqs_queue', '', 'ok', "
        "'', '', 1, 1, true, '', '')",
        f"insert into snap.sources values ('s', 'ok', '', {number}, '', '1.9', 0, '{number}')",
        f"insert into snap.resources select arn, 'aws_sqs_queue', arn, name, arn, {place}, "
        f"tags::json::map(varchar, varchar), true, null, {seen_at}, '', false, "
        f"if(i % 33 = 0, 'unmanaged', 'declared'), null, null, null, "
        f"[], '{{' || {members} || '}}', {documents[0]} from estate",
        f"insert into snap.declared select 's', address, 'aws_sqs_queue', arn, {place}, arn, "
        f"if(hand % 2 = 1, 'changed', 'in_sync'), '', false, '', {seen_at}, {documents[1]} "
        "from estate where i % 33 <> 0",
        "insert into snap.comparisons select address, 's', arn, 'aws_sqs_queue', c.n, "
        "if(c.d = c.a, 'in_sync', 'changed'), c.d, c.a, '', 'low' from (select *, unnest(["
        f"{compared}, {{n: 'visibility_timeout_seconds', d: '30', a: {HAND}}}]) as c from estate)",
    ]


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of CPU, and what came of it."""
    start = time.process_time()
    made = act()
    return time.process_time() - start, made


def read_once(path: Path) -> None:
    """The least a night could do: read every fact of its snapshot that the history is made of."""
    connection = writer(path)
    for table in ("resources", "declared", "comparisons"):
        connection.execute(f"select bit_xor(hash(t)) from {table} as t").fetchall()
    connection.close()


def recorded(folder: Path, *, tell: bool) -> tuple[dict[str, float], list[Any]]:
    """Seconds of CPU of each part of a night with the newest snapshot, and its stories if they are wanted."""
    start = time.process_time()
    with history.History(folder) as kept:
        costs = {"recording": time.process_time() - start}
        found: list[Any] = []
        if tell:
            read, past = timed(kept.past)
            derived, found = timed(lambda: stories.attributes(past) + stories.presences(past))
            costs["telling the stories"] = read + derived
        published, _ = timed(kept.publish)
    assert not kept.trouble, kept.trouble
    return {**costs, "recording": costs["recording"] + published}, found


def least_bytes(folder: Path) -> int:
    """Bytes of all distinct documents in one compressed table, written at once."""
    file = folder / "least.duckdb"
    connection = writer(file)
    connection.execute("create table doc (document varchar not null using compression zstd)")
    connection.execute(f"attach '{folder / history.FILE}' as h (read_only)")
    connection.execute("insert into doc select document from h.doc")
    connection.execute("checkpoint")
    connection.close()
    return file.stat().st_size


def line(label: str, value: float, unit: str, ratio: float, than: str) -> None:
    """One row of the table."""
    print(f"  {label:<28}{value:>9.3f} {unit:<3}{ratio:>7.2f} x {than}")


def main(resources: int = 20_000, count: int = 60) -> None:
    """Print what the last nights, the file and its answers cost."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        night = nights(folder, resources)
        least: list[float] = []
        costs: dict[str, list[float]] = {}
        full = 0
        for number in range(count):
            path = night(number)
            full += path.stat().st_size
            for old in sorted(path.parent.iterdir())[:-KEPT]:
                old.unlink()
            late = number >= count - KEPT
            if late:
                least.append(timed(lambda path=path: read_once(path))[0])
            cost, found = recorded(folder, tell=late or number <= KEPT)
            for part, seconds in cost.items():
                costs.setdefault(part, []).append(seconds)
        unit = statistics.median(least)
        size = (folder / history.FILE).stat().st_size
        print(f"{resources:,} resources, {count} nights; {len(found):,} stories in the last")
        once = "reading the facts once"
        line("reading the facts once", unit, "s", 1, once)
        for part, all_ in costs.items():
            seconds = statistics.median(all_[-KEPT:])
            line(part, seconds, "s", seconds / unit, once)
            early = statistics.median(all_[1 : KEPT + 1])
            line(
                "  against the first nights",
                seconds,
                "s",
                seconds / early,
                f"nights 2 to {KEPT + 1}",
            )
        half = count // 2
        with history.reader(folder) as connection:
            for label, query in (
                ("as of a date", f"select count(*), sum(strlen(document)) from as_of({half})"),
                ("difference of two dates", f"from difference({half}, {half + 7})"),
            ):
                seconds = min(
                    timed(lambda q=query: connection.execute(q).fetchall())[0] for _ in range(3)
                )
                line(label, seconds, "s", seconds / unit, once)
        line("file", size / 2**20, "MB", size / least_bytes(folder), "its distinct documents")
        line("full copies", full / 2**20, "MB", full / size, "the file")
        (folder / history.FILE).unlink()
        seconds, _ = timed(lambda: recorded(folder, tell=False))
        each = seconds / KEPT
        line(f"made anew from {KEPT}, a night", each, "s", each / unit, once)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
