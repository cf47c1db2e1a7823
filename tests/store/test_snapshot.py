"""A snapshot is whole or not there, for its owner alone, and gives back what was put in."""

from __future__ import annotations

import json
import os
import random
import signal
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from scanner.errors import ScanInvalid, StoreError
from scanner.store import snapshot
from scanner.store.connection import sandbox
from scanner.store.connection import writer as any_database
from scanner.store.relations import tables
from scanner.store.snapshot import (
    Writer,
    clean,
    expire,
    find,
    new_id,
    published,
    report,
)

from .rows import NOW, resources, row

ROOT = Path(__file__).resolve().parents[2]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def publish(store: Path, scan_id: str = "", **rows: list[dict[str, object]]) -> Path:
    with Writer(store, scan_id or new_id()) as writer:
        for table, made in rows.items():
            writer.insert(table, made)
        return writer.publish()


def count(path: Path, sql: str) -> int:
    with sandbox(path) as connection:
        found = connection.execute(sql).fetchone()
    assert found is not None
    return int(found[0])


# --- whole or not there --------------------------------------------------------------------------


def test_nothing_stays_of_a_snapshot_that_was_not_published(tmp_path: Path) -> None:
    with Writer(tmp_path, "a") as writer:
        writer.insert("resources", resources(3))
        assert writer.partial.exists()
    assert list((tmp_path / "scans").iterdir()) == []


def test_nothing_stays_of_a_snapshot_that_failed(tmp_path: Path) -> None:
    with pytest.raises(KeyError), Writer(tmp_path, "a") as writer:
        writer.insert("resources", [{"resource": "with nothing else"}])
    assert list((tmp_path / "scans").iterdir()) == []


def test_before_it_is_published_nobody_finds_it(tmp_path: Path) -> None:
    with Writer(tmp_path, "a") as writer:
        writer.insert("resources", resources(3))
        writer.close()
        assert published(tmp_path) == []
        final = writer.publish()
        assert published(tmp_path) == [final]
    assert published(tmp_path) == [final]
    assert final.name == "a.duckdb"


def test_one_id_is_one_snapshot(tmp_path: Path) -> None:
    with Writer(tmp_path, "a"):
        (tmp_path / "scans" / "b.duckdb.partial").touch()
        with pytest.raises(FileExistsError):
            Writer(tmp_path, "b")


def test_a_published_snapshot_can_be_read_while_the_next_is_written(tmp_path: Path) -> None:
    first = publish(tmp_path, "a", resources=resources(3))
    with Writer(tmp_path, "b") as writer:
        writer.insert("resources", resources(5))
        assert count(first, "select count(*) from resources") == 3
        writer.publish()
    assert len(published(tmp_path)) == 2


def test_a_writer_that_is_killed_leaves_whole_snapshots_only(tmp_path: Path) -> None:
    chance = random.Random()
    for _ in range(7):
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.store.rows", str(tmp_path)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0.0, 0.6))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    whole = published(tmp_path)
    for path in whole:
        wanted = count(path, "select canary from scan")
        assert count(path, "select count(*) from resources") == wanted
        assert (
            count(path, "select count(distinct resource) from resources where id <> ''") == wanted
        )
        assert not Path(f"{path}.wal").exists()
        assert mode(path) == 0o600
    # the next scan sweeps up after the killed ones, and touches nothing else
    clean(tmp_path)
    left = {path.name for path in (tmp_path / "scans").iterdir() if path.is_file()}
    assert left == {path.name for path in whole}
    assert count(publish(tmp_path, resources=resources(2)), "select count(*) from resources") == 2


def test_sweeping_leaves_what_was_published(tmp_path: Path) -> None:
    final = publish(tmp_path, "a")
    leftovers = [tmp_path / "scans" / name for name in ("b.duckdb.partial", "b.duckdb.partial.wal")]
    for leftover in leftovers:
        leftover.write_bytes(b"half")
    assert list(clean(tmp_path)) == leftovers
    assert published(tmp_path) == [final]
    assert list(clean(tmp_path)) == []


# --- for its owner alone -------------------------------------------------------------------------


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_nobody_else_may_read_it_whatever_the_umask(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        store = tmp_path / "store"
        with Writer(store, "a") as writer:
            assert mode(writer.partial) == 0o600
            final = writer.publish()
    finally:
        now = os.umask(before)
    assert now == umask, "the umask was not given back"
    assert mode(store) == 0o700
    assert mode(store / "scans") == 0o700
    assert mode(final) == 0o600


def test_a_folder_that_is_there_is_closed(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir(mode=0o755)
    publish(store)
    assert mode(store) == 0o700


# --- gives back what was put in ------------------------------------------------------------------


def test_every_column_of_every_table_comes_back(tmp_path: Path) -> None:
    made = {table: [row(table, 1), row(table, 2)] for table in tables()}
    path = publish(tmp_path, "a", **made)
    with sandbox(path) as connection:
        for table, rows in made.items():
            cursor = connection.execute(f"select * from {table} order by all")
            names = [column[0] for column in cursor.description or []]
            assert names == list(tables()[table])
            found = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
            assert len(found) == 2
            for wanted, got in zip(rows, found, strict=True):
                for name, value in wanted.items():
                    assert _plain(got[name]) == _wanted(value, tables()[table][name]), (table, name)


def _wanted(value: object, kind: str) -> object:
    return json.loads(str(value)) if kind.startswith("MAP") else value


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def test_nulls_empty_lists_and_odd_texts_come_back(tmp_path: Path) -> None:
    odd = [
        "",
        "null",
        "a\nb",
        "a\x00b",
        "日本 🚢",
        "'; drop table resources; --",
        "\\",
        '"',
        "\u2028",
    ]
    rows = [
        row(
            "resources",
            n,
            resource=f"r{n}",
            name=text,
            arn=None,
            tags=None,
            created_at=None,
            unread=[],
        )
        for n, text in enumerate(odd)
    ]
    path = publish(tmp_path, "a", resources=rows)
    with sandbox(path) as connection:
        found = connection.execute(
            "select name, arn, tags, created_at, unread from resources order by resource"
        ).fetchall()
    assert found == [(text, None, None, None, []) for text in odd]


def test_a_time_is_utc_whatever_the_machine_thinks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        path = publish(tmp_path, "a", scan=[row("scan", seen_at=NOW)])
        assert count(path, f"select count(*) from scan where seen_at = timestamp '{NOW[:10]}'") == 1
    finally:
        monkeypatch.undo()
        time.tzset()


def test_many_rows_on_two_threads_come_back_whole(tmp_path: Path) -> None:
    """DuckDB 2.0.0 loses rows above some 120,000 where a table was made from a select."""
    many = 140_000
    with Writer(tmp_path, "a") as writer:
        writer._open().execute("set threads = 2")
        writer.insert("resources", resources(many))
        writer.insert("resources", resources(10, start=many))
        writer.insert("owners", [row("owners", n, resource=f"arn:{n}") for n in range(many)])
        path = writer.publish()
    total = many + 10
    assert count(path, "select count(*) from resources") == total
    assert count(path, "select count(distinct resource) from resources") == total
    # a scan and a join, which were what lost them
    assert count(path, "select count(*) from resources where class like 'class-%'") == total
    assert count(path, "select count(*) from resources join owners using (resource)") == many
    assert count(path, "select count(*) from resources anti join owners using (resource)") == 10
    assert count(path, "select count(*) from aws_sqs_queue") == total
    assert (
        count(path, "select max(cast(substr(resource, 5) as bigint)) from resources") == total - 1
    )


def test_rows_that_do_not_come_back_stop_the_scan(tmp_path: Path) -> None:
    with Writer(tmp_path, "a") as writer:
        writer.insert("resources", resources(3))
        writer._open().execute("delete from resources where resource = 'arn:1'")
        with pytest.raises(
            ScanInvalid, match="resources: 5 rows were written and 4 can be read back"
        ):
            writer.insert("resources", resources(2, start=3))


def test_rows_that_come_back_changed_stop_the_scan(tmp_path: Path) -> None:
    with Writer(tmp_path, "a") as writer:
        writer.insert("resources", resources(3))
        writer._open().execute("update resources set name = 'x' where resource = 'arn:1'")
        with pytest.raises(ScanInvalid):
            writer.insert("resources", resources(2, start=3))


def test_no_rows_are_no_work(tmp_path: Path) -> None:
    path = publish(tmp_path, "a", resources=[])
    assert count(path, "select count(*) from resources") == 0
    assert list((tmp_path / "scans").iterdir()) == [path]


# --- found again ---------------------------------------------------------------------------------


def test_ids_sort_by_time_and_do_not_meet() -> None:
    early, late = (new_id(datetime(2026, 11, day, tzinfo=UTC)) for day in (1, 23))
    assert early < late
    assert early.startswith("20261101T000000Z-")
    assert len({new_id() for _ in range(100)}) == 100


def test_old_snapshots_go_and_the_newest_stays_however_old(tmp_path: Path) -> None:
    moments = [datetime(2026, 11, day, 2, tzinfo=UTC) for day in (1, 2, 3)]
    paths = [publish(tmp_path, new_id(moment)) for moment in moments]
    assert expire(tmp_path, moments[0]) == []
    assert expire(tmp_path, moments[1]) == paths[:1]
    assert expire(tmp_path, datetime(2027, 1, 1, tzinfo=UTC)) == paths[1:2]
    assert published(tmp_path) == paths[2:]


def test_a_snapshot_is_found_by_path_id_beginning_or_as_the_newest(tmp_path: Path) -> None:
    first, second = (
        publish(tmp_path, "20261101T000000Z-aa"),
        publish(tmp_path, "20261123T000000Z-bb"),
    )
    assert find(tmp_path) == second
    assert find(tmp_path, "20261101") == first
    assert find(tmp_path, "20261101T000000Z-aa") == first
    assert find(tmp_path, str(first)) == first


@pytest.mark.parametrize(
    ("wanted", "words"), [("2026", "more than one"), ("2025", "no scan begins")]
)
def test_a_snapshot_that_is_not_clear_is_asked_for(wanted: str, words: str, tmp_path: Path) -> None:
    publish(tmp_path, "20261101T000000Z-aa")
    publish(tmp_path, "20261123T000000Z-bb")
    with pytest.raises(StoreError, match=words) as caught:
        find(tmp_path, wanted)
    assert "20261123T000000Z-bb" in caught.value.hint


def test_a_store_without_a_scan_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no scan here yet") as caught:
        find(tmp_path)
    assert "watchbill scan" in caught.value.hint


def test_the_report_comes_back_as_it_was(tmp_path: Path) -> None:
    texts = ['{"schema":1,"findings":[],"ü":"\\u2028"}', "[1,2]", '["ü"]']
    with Writer(tmp_path, "a") as writer:
        writer.insert_report(texts)
        path = writer.publish()
    assert list(report(path)) == texts


def test_a_report_may_be_larger_than_what_a_connection_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "sandbox", partial(sandbox, memory="30MB"))
    texts = ['{"findings":[]}', *(f'["{number}{"x" * 2_000_000}"]' for number in range(20))]
    with Writer(tmp_path, "a") as writer:
        writer.insert_report(texts)
        path = writer.publish()
    assert [len(text) for text in report(path)] == [len(text) for text in texts]


def test_what_is_no_snapshot_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="without a report"):
        next(report(publish(tmp_path, "a")))
    other = tmp_path / "other.duckdb"
    with any_database(other) as connection:
        connection.execute("create table t (x integer)")
    with pytest.raises(StoreError, match="not a snapshot"):
        next(report(other))
    other.write_bytes(b"x" * 5000)
    with pytest.raises(StoreError, match="cannot be opened") as caught:
        next(report(other))
    assert caught.value.hint
