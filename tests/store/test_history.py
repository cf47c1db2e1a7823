"""The history of a store: only on change, nothing of what was not seen, and whole whatever happens to it."""

from __future__ import annotations

import json
import os
import random
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.derive.history import attributes, presences
from scanner.store import history, recording
from scanner.store.connection import writer
from scanner.store.history import FILE, History, reader
from scanner.store.recording import rows
from scanner.store.relations import ddl, tables
from scanner.store.tables import instance_hash, resource_hash

ACCOUNT, REGION = "123456789012", "eu-west-1"
TYPE, PART = "aws_sqs_queue", "aws_sqs_queue_policy"
TABLES = ("run", "subject", "doc", "obs", "unread", "finding", "sighting", "figure", "named")
LIST = {"service": "sqs", "operation": "list_queues", "type": TYPE}


@dataclass(frozen=True)
class Queue:
    """What a scan says of a queue; a side is None where it is not there."""

    name: str
    declared: Mapping[str, Any] | None = None
    actual: Mapping[str, Any] | None = None
    tags: Mapping[str, str] | None = None
    unread: tuple[str, ...] = ()
    status: str = ""
    source: str = "a.tfstate"
    managed: str = ""
    type: str = TYPE
    region: str = REGION
    parent: str | None = None
    deposed: str = ""
    unreadable: frozenset[str] = field(default=frozenset())

    @property
    def resource(self) -> str:
        return f"arn:aws:sqs:{self.region}:{ACCOUNT}:{self.name}"

    @property
    def address(self) -> str:
        return f"{self.type}.{self.name}"


def call(**more: Any) -> dict[str, Any]:
    """A ledger row; whole, unless a status says otherwise."""
    made = {"account": ACCOUNT, "region": REGION, **LIST, "parent": "", "status": "ok", **more}
    return {**made, "complete": made["status"] == "ok"}


def state(
    name: str = "a.tfstate", status: str = "ok", serial: int = 1, lineage: str = ""
) -> dict[str, Any]:
    return {"source": name, "status": status, "serial": serial, "lineage": lineage}


def text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def snapshot(
    folder: Path,
    number: int,
    *queues: Queue,
    calls: list[dict[str, Any]] | None = None,
    states: list[dict[str, Any]] | None = None,
    hashes: bool = True,
) -> Path:
    """A published snapshot with the facts of these queues."""
    path = folder / "scans" / f"20261123T{number:06}Z-000000.duckdb"
    path.parent.mkdir(exist_ok=True)
    connection = writer(path)
    connection.execute(ddl())
    seen_at = f"2026-11-{number % 28 + 1:02} 02:00:00"
    put(
        connection,
        "scan",
        id=path.stem,
        started=seen_at,
        seen_at=seen_at,
        accounts=[ACCOUNT],
        regions=[REGION],
    )
    for made in [call()] if calls is None else calls:
        put(connection, "ledger", **made)
    for made in [state()] if states is None else states:
        put(connection, "sources", **made)
    for queue in queues:
        put_queue(connection, queue, hashes=hashes)
    connection.execute("checkpoint")
    connection.close()
    return path


def put(connection: Any, table: str, **values: Any) -> None:
    """A row with a value in every column."""
    blank = {"BIGINT": 0, "BOOLEAN": False, "VARCHAR[]": [], "VARCHAR": ""}
    given_ = {n: values.get(n, blank.get(kind)) for n, kind in tables()[table].items()}
    marks = ", ".join("?" for _ in given_)
    connection.execute(f"insert into {table} values ({marks})", list(given_.values()))


def put_queue(connection: Any, queue: Queue, *, hashes: bool = True) -> None:
    place = {
        "type": queue.type,
        "account": ACCOUNT,
        "region": queue.region,
        "seen_at": "2026-11-23",
    }
    if queue.actual is not None:
        put(
            connection, "resources", **place, resource=queue.resource, id=queue.name,
            tags=None if queue.tags is None else dict(queue.tags),
            **{"class": queue.managed or ("unmanaged" if queue.declared is None else "declared")},
            unread=list(queue.unread), attributes=text(dict(queue.actual)), parent=queue.parent,
            hash=resource_hash(queue.type, queue.actual, queue.tags) if hashes else None,
        )  # fmt: skip
    if queue.declared is None:
        return
    both = queue.actual is not None and not queue.status
    status = queue.status or ("in_sync" if both else "missing")
    put(
        connection, "declared", **place, source=queue.source, address=queue.address, status=status,
        resource=queue.resource if both or status == "missing" else None, deposed=queue.deposed,
        hash=instance_hash((n, text(v)) for n, v in (queue.declared if both else {}).items())
        if hashes else None,
    )  # fmt: skip
    for name, declared in queue.declared.items() if both else ():
        actual = (queue.actual or {}).get(name)
        verdict = "in_sync" if declared == actual else "changed"
        put(
            connection, "comparisons", address=queue.address, source=queue.source, type=queue.type,
            resource=queue.resource, attribute=name, declared=text(declared), actual=text(actual),
            verdict="unreadable" if name in queue.unreadable else verdict,
        )  # fmt: skip


def record(folder: Path, path: Path, **more: Any) -> History:
    """Add a snapshot to the store's history."""
    with History(folder, **more) as kept:
        kept.record(path)
        kept.publish()
    assert kept.trouble == ""
    return kept


def ask(folder: Path, query: str) -> list[dict[str, Any]]:
    with reader(folder) as connection:
        return rows(connection, query)


def count(folder: Path) -> tuple[int, ...]:
    """How many runs, subjects, documents, observations and unread rows there are."""
    found = [
        ask(folder, f"select count(*) as n from {t}")
        for t in ("run", "subject", "doc", "obs", "unread")
    ]
    return tuple(made[0]["n"] for made in found)


def grown(folder: Path, path: Path, **more: Any) -> tuple[int, ...]:
    """By how much a snapshot makes the tables longer."""
    before = count(folder)
    record(folder, path, **more)
    return tuple(now - then for then, now in zip(before, count(folder), strict=True))


def held(folder: Path, run: int = 1_000) -> dict[str, Any]:
    """Side and key to what was last seen there."""
    return {
        f"{row['side']} {row['key']}": json.loads(row["document"])
        for row in ask(folder, f"from as_of({run})")
    }


A = Queue("a", {"delay_seconds": 0}, {"delay_seconds": 0, "messages_visible": 7}, {"team": "a"})
B = Queue("b", None, {"delay_seconds": 5}, {})
DOCUMENT = {"delay_seconds": 0, "tags": {"team": "a"}}
NOTHING = (1, 0, 0, 0, 0)


def changed(queue: Queue, **more: Any) -> Queue:
    return Queue(**{**vars(queue), **more})


# -- what is written


def test_the_compared_attributes_and_the_tags_are_kept_and_no_other_fact(tmp_path: Path) -> None:
    record(tmp_path, snapshot(tmp_path, 1, A, B))
    assert held(tmp_path) == {
        f"declared {A.address}": {"delay_seconds": 0},
        f"actual {A.resource}": DOCUMENT,
        f"actual {B.resource}": {"delay_seconds": 5, "tags": {}},
    }
    (row,) = ask(tmp_path, "from as_of(1) where side = 'actual' and key like '%:a'")
    assert row["document"] == text(DOCUMENT)
    assert {r["verdict"] for r in ask(tmp_path, "from obs")} == {"matched", "declared", "unmanaged"}


def test_a_document_is_found_by_the_first_half_of_its_sha256(tmp_path: Path) -> None:
    record(tmp_path, snapshot(tmp_path, 1, A, B))
    assert ask(tmp_path, "from doc where hash <> cast(left(sha256(document), 32) as uuid)") == []
    assert ask(tmp_path, "from obs anti join doc using (hash)") == []


def test_a_snapshot_that_knows_its_hashes_is_recorded_like_one_that_does_not(
    tmp_path: Path,
) -> None:
    drifted = changed(A, actual={"delay_seconds": 9, "name": 'ü/"x\u0001'}, tags={"team": "b"})
    unread = changed(drifted, actual={"delay_seconds": 9}, unread=("sqs.get_queue_attributes",))
    nights = [(A, B), (drifted, B), (unread,), (changed(A, declared=None), B)]
    kept = []
    for hashes in (True, False):
        folder = tmp_path / str(hashes)
        (folder / "scans").mkdir(parents=True)
        for number, queues in enumerate(nights, 1):
            record(folder, snapshot(folder, number, *queues, hashes=hashes))
        kept.append({table: ask(folder, f"from {table} order by all") for table in TABLES})
    assert kept[0] == kept[1]


def test_the_same_scan_is_recorded_once(tmp_path: Path) -> None:
    path = snapshot(tmp_path, 1, A, B)
    record(tmp_path, path)
    assert grown(tmp_path, path) == (0, 0, 0, 0, 0)


def test_a_night_like_the_last_adds_its_run_and_nothing_else(tmp_path: Path) -> None:
    record(tmp_path, snapshot(tmp_path, 1, A, B))
    volatile = changed(A, actual={**A.actual, "messages_visible": 9})
    assert grown(tmp_path, snapshot(tmp_path, 2, volatile, B)) == NOTHING


def test_what_comes_back_needs_no_new_document(tmp_path: Path) -> None:
    record(tmp_path, snapshot(tmp_path, 1, A, B))
    other = changed(B, actual={"delay_seconds": 6})
    assert grown(tmp_path, snapshot(tmp_path, 2, A, other)) == (1, 0, 1, 1, 0)
    assert grown(tmp_path, snapshot(tmp_path, 3, A, B)) == (1, 0, 0, 1, 0)
    assert held(tmp_path, 2)[f"actual {B.resource}"] == {"delay_seconds": 6, "tags": {}}


def test_drift_is_seen_on_both_sides(tmp_path: Path) -> None:
    record(tmp_path, snapshot(tmp_path, 1, A))
    drifted = changed(A, actual={"delay_seconds": 9})
    assert grown(tmp_path, snapshot(tmp_path, 2, drifted)) == (1, 0, 1, 2, 0)
    (row,) = ask(tmp_path, "from obs where changed is not null")
    assert row["changed"] == ["delay_seconds"]


def test_gone_is_an_observation_without_a_document(tmp_path: Path) -> None:
    record(tmp_path, snapshot(tmp_path, 1, A, B))
    assert grown(tmp_path, snapshot(tmp_path, 2, A)) == (1, 0, 0, 1, 0)
    assert grown(tmp_path, snapshot(tmp_path, 3)) == (1, 0, 0, 2, 0)
    assert held(tmp_path) == {}
    assert len(held(tmp_path, 1)) == 3


def test_what_is_missing_keeps_its_declaration(tmp_path: Path) -> None:
    record(tmp_path, snapshot(tmp_path, 1, A))
    assert grown(tmp_path, snapshot(tmp_path, 2, changed(A, actual=None))) == (1, 0, 0, 2, 0)
    assert held(tmp_path) == {f"declared {A.address}": {"delay_seconds": 0}}


def test_a_state_is_known_by_its_lineage_wherever_it_lies(tmp_path: Path) -> None:
    record(tmp_path, snapshot(tmp_path, 1, A, states=[state(lineage="l")]))
    moved = changed(A, source="elsewhere/b.tfstate")
    made = snapshot(
        tmp_path, 2, moved, states=[state("elsewhere/b.tfstate", lineage="l", serial=2)]
    )
    assert grown(tmp_path, made) == NOTHING
    told = [json.loads(row["sources"]) for row in ask(tmp_path, "from run order by run")]
    assert [(s["source"], s["path"], s["serial"]) for (s,) in told] == [
        ("l", "a.tfstate", 1), ("l", "elsewhere/b.tfstate", 2),
    ]  # fmt: skip


def test_ignored_tags_are_not_kept(tmp_path: Path) -> None:
    tags = {"team": "a", "aws:cloudformation:stack": "s", "scan/last": "1"}
    record(tmp_path, snapshot(tmp_path, 1, changed(A, tags=tags)), ignored_tags=["scan/"])
    assert held(tmp_path)[f"actual {A.resource}"] == DOCUMENT
    tags["scan/last"] = "2"
    again = snapshot(tmp_path, 2, changed(A, tags=tags))
    assert grown(tmp_path, again, ignored_tags=["scan/"]) == NOTHING


def test_hidden_values_are_kept_as_the_snapshot_has_them(tmp_path: Path) -> None:
    hidden = Queue("h", {"kms_master_key_id": "sensitive"}, {"kms_master_key_id": "hidden:0a1b"})
    record(tmp_path, snapshot(tmp_path, 1, hidden))
    assert held(tmp_path) == {
        f"declared {hidden.address}": {"kms_master_key_id": "sensitive"},
        f"actual {hidden.resource}": {"kms_master_key_id": "hidden:0a1b"},
    }


@pytest.mark.parametrize(
    "value", [None, "", 0, 1.5, True, [], {"a": None}, 'quo"te', "é\u2028\x1f\\", 2**70]
)
def test_values_come_back_as_they_were(value: Any, tmp_path: Path) -> None:
    record(
        tmp_path,
        snapshot(tmp_path, 1, Queue("v", {"delay_seconds": value}, {"delay_seconds": value})),
    )
    assert [*held(tmp_path).values()] == [{"delay_seconds": value}] * 2


# -- what was not seen

DENIED = "denied"


@pytest.mark.parametrize(
    ("queues", "calls", "states"),
    [
        ((), [call(status=DENIED)], []),
        ((), [call(region="eu-north-1")], []),
        ((), [], [state(status="malformed")]),
        ((), [call(status="throttled"), call(status="ok", operation="other")], [state(status="stale")]),
        ((changed(A, status="unreadable", actual=None),), [call(status=DENIED)], [state()]),
        ((changed(A, status="out_of_scope", actual=None),), [call(region="eu-north-1")], [state()]),
        ((A, B), [call(status=DENIED)], [state()]),
    ],
    ids=[
        "list denied", "region not scanned", "nothing was asked", "throttled", "instance unreadable",
        "instance out of scope", "seen all the same",
    ],
)  # fmt: skip
def test_what_could_not_be_looked_at_writes_nothing(
    queues: tuple[Queue, ...],
    calls: list[dict[str, Any]],
    states: list[dict[str, Any]],
    tmp_path: Path,
) -> None:
    record(tmp_path, snapshot(tmp_path, 1, A, B))
    made = grown(tmp_path, snapshot(tmp_path, 2, *queues, calls=calls, states=states))
    assert made == (1, 0, 1, 0, 0)  # the one document says what was seen
    assert len(held(tmp_path)) == 3


def test_an_attribute_that_was_not_read_keeps_its_last_value(tmp_path: Path) -> None:
    both = {"delay_seconds": 0, "max_message_size": 1}
    record(tmp_path, snapshot(tmp_path, 1, Queue("a", both, both, {"team": "a"})))
    partly = Queue(
        "a", both, {"delay_seconds": 3}, None, unread=("sqs.get_queue_attributes",),
        unreadable=frozenset({"max_message_size"}),
    )  # fmt: skip
    record(tmp_path, snapshot(tmp_path, 2, partly))
    assert held(tmp_path)[f"actual {A.resource}"] == {
        **both,
        "delay_seconds": 3,
        "tags": {"team": "a"},
    }
    assert [r["attributes"] for r in ask(tmp_path, "from unread")] == [["max_message_size"]]
    record(tmp_path, snapshot(tmp_path, 3, partly))
    assert len(ask(tmp_path, "from unread")) == 1
    record(
        tmp_path,
        snapshot(tmp_path, 4, Queue("a", both, {**both, "delay_seconds": 3}, {"team": "a"})),
    )
    assert [r["attributes"] for r in ask(tmp_path, "from unread order by run")] == [
        ["max_message_size"],
        None,
    ]


def test_drift_stands_while_it_cannot_be_read(tmp_path: Path) -> None:
    record(tmp_path, snapshot(tmp_path, 1, changed(A, actual={"delay_seconds": 9})))
    unread = changed(
        A, actual={}, unread=("sqs.get_queue_attributes",), unreadable=frozenset({"delay_seconds"})
    )
    assert grown(tmp_path, snapshot(tmp_path, 2, unread)) == (1, 0, 0, 0, 1)


def test_a_call_about_one_parent_hides_what_is_below_it_and_nothing_else(tmp_path: Path) -> None:
    parts = [
        Queue(f"{name}-policy", None, {"policy": {}}, None, type=PART, parent=owner.resource)
        for name, owner in (("a", A), ("b", B))
    ]
    record(tmp_path, snapshot(tmp_path, 1, A, B, *parts))
    refused = call(operation="get_queue_attributes", parent="b", status=DENIED)
    record(tmp_path, snapshot(tmp_path, 2, A, B, calls=[call(), refused]))
    gone = ask(tmp_path, "select key from obs join subject using (subject) where hash is null")
    assert [row["key"] for row in gone] == [parts[0].resource]


def test_a_state_without_its_class_leaves_the_last_one(tmp_path: Path) -> None:
    record(tmp_path, snapshot(tmp_path, 1, A, B))
    blind = [changed(q, declared=None, managed="unknown") for q in (A, B)]
    made = snapshot(tmp_path, 2, *blind, states=[state(status="malformed")])
    assert grown(tmp_path, made) == NOTHING


# -- the file


def test_the_documents_are_really_compressed(tmp_path: Path) -> None:
    chance = random.Random(1)
    many = [
        Queue(f"q{n}", None, {"policy": {"Sid": "".join(chance.choices("abcdef", k=400))}}, {})
        for n in range(300)
    ]
    record(tmp_path, snapshot(tmp_path, 1, *many))
    found = ask(
        tmp_path,
        "select distinct compression from pragma_storage_info('doc') "
        "where column_name = 'document' and segment_type = 'VARCHAR'",
    )
    assert found == [{"compression": "ZSTD"}]


def test_only_the_owner_may_read_it_and_nothing_else_is_left(tmp_path: Path) -> None:
    record(tmp_path, snapshot(tmp_path, 1, A))
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert sorted(p.name for p in tmp_path.iterdir()) == [FILE, "scans"]


def test_without_publish_nothing_stays_and_the_next_scan_makes_up_for_it(tmp_path: Path) -> None:
    first = snapshot(tmp_path, 1, A)
    with History(tmp_path) as kept:
        assert not kept.record(first)  # it was published: opening recorded it
    assert not (tmp_path / FILE).exists()
    notes: list[str] = []
    record(tmp_path, snapshot(tmp_path, 2, A), note=notes.append)
    assert [row["run"] for row in ask(tmp_path, "from run")] == [1, 2]
    assert "behind by 2" in notes[0]


@pytest.mark.parametrize("how", ["text", "cut", "empty", "documents", "not ours"])
def test_a_damaged_file_is_set_aside_and_made_anew(how: str, tmp_path: Path) -> None:
    chance = random.Random(2)
    wide = Queue("w", None, {"policy": {"Sid": "".join(chance.choices("abcdefgh", k=200_000))}}, {})
    record(tmp_path, snapshot(tmp_path, 1, changed(A, actual={"delay_seconds": 1}), wide))
    file = tmp_path / FILE
    data = bytearray(file.read_bytes())
    if how == "text":
        file.write_text("no database at all")
    elif how == "cut":
        file.write_bytes(data[: len(data) // 2])
    elif how == "empty":
        file.write_bytes(b"")
    elif how == "not ours":
        file.unlink()
        other = writer(file)
        other.execute("create table edition (number integer); insert into edition values (99)")
        other.close()
    else:
        damage(file, data)
    notes: list[str] = []
    for number in (2, 3):  # what opening does not read is found in use, and mended by the next scan
        with History(tmp_path, note=notes.append) as kept:
            kept.record(snapshot(tmp_path, number, A))
            kept.past()
            kept.publish()
    assert any("damaged and kept as history-damaged-" in note for note in notes)
    assert len([*tmp_path.glob("history-damaged-*")]) == 1
    assert [row["run"] for row in ask(tmp_path, "from run")] == [1, 2, 3]


def damage(file: Path, data: bytearray) -> None:
    """Flip a byte of a block that holds documents."""
    connection = writer(file)
    found = rows(
        connection,
        "select block_id from pragma_storage_info('doc') where column_name = 'document' and block_id >= 0",
    )
    connection.close()
    place = 3 * 4096 + found[0]["block_id"] * 262_144 + 1_000
    data[place] ^= 0xFF
    file.write_bytes(data)


def test_a_scan_that_cannot_be_recorded_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    record(tmp_path, snapshot(tmp_path, 1, A))
    before = (tmp_path / FILE).read_bytes()
    broken = tmp_path / "broken.duckdb"
    broken.write_text("no snapshot")
    with History(tmp_path) as kept:
        assert not kept.record(broken)
        assert kept.past() == ([], [], [], [], [], 0)
        assert not kept.publish()
    assert "does not hold this scan" in kept.trouble
    assert (tmp_path / FILE).read_bytes() == before


def test_a_commit_that_did_nothing_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path, snapshot(tmp_path, 1, A))
    before = (tmp_path / FILE).read_bytes()
    monkeypatch.setattr(recording, "KEEPING", recording.KEEPING + "; rollback; begin")
    with History(tmp_path) as kept:
        kept.record(snapshot(tmp_path, 2, B))
        assert not kept.publish()
    assert "cannot be read back" in kept.trouble
    assert (tmp_path / FILE).read_bytes() == before


def test_lost_observations_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spoilt = recording.KEEPING + "; delete from obs where subject = 1"
    monkeypatch.setattr(recording, "KEEPING", spoilt)
    with History(tmp_path) as kept:
        kept.record(snapshot(tmp_path, 1, A))
    assert "cannot be read back" in kept.trouble


def test_a_store_that_cannot_be_written_is_not_fatal(tmp_path: Path) -> None:
    with History(tmp_path / "nowhere") as kept:
        assert not kept.record(tmp_path / "x.duckdb")
        assert not kept.publish()
    assert kept.trouble


NIGHTS = 7
KILLED = """
import sys
from pathlib import Path
from scanner.store.history import History

folder = Path(sys.argv[1])
print("ready", flush=True)
while True:
    for path in sorted(folder.glob("waiting/*")):
        path.rename(folder / "scans" / path.name)
        with History(folder) as history:
            history.past()
            history.publish()
"""


def test_a_killed_scan_leaves_whole_runs(tmp_path: Path) -> None:
    chance = random.Random(3)
    waiting = tmp_path / "waiting"
    waiting.mkdir()
    for number in range(1, NIGHTS + 1):
        queues = [
            changed(A, name=f"q{n}", actual={"delay_seconds": chance.randrange(9)})
            for n in range(20)
        ]
        made = snapshot(tmp_path, number, *queues)
        made.rename(waiting / made.name)
    kills = 0
    while [*waiting.iterdir()]:
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path)],
            stdout=subprocess.PIPE,
            env={**os.environ},
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.random() * 0.2)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        kills += 1
        if (tmp_path / FILE).exists():
            whole(tmp_path)
    assert kills > 1
    with History(tmp_path) as kept:
        assert kept.publish()
    assert len(ask(tmp_path, "from run")) == NIGHTS
    assert not [*tmp_path.glob("history-damaged-*")]


def whole(folder: Path) -> None:
    """Every run holds the observations its row says."""
    with reader(folder) as connection:
        connection.execute(recording.STAGING)
        broken = rows(
            connection,
            "select r.run from run as r left join obs as o on o.run = r.run "
            "group by r.run, r.observations, r.checksum "
            "having count(o.run) <> r.observations or coalesce(bit_xor("
            "if(o.run is null, 0, sum_of(o))), 0) <> r.checksum",
        )
        stray = rows(connection, "from obs anti join run using (run)")
        without = rows(connection, "from obs anti join doc using (hash) where hash is not null")
    assert broken == stray == without == []


def test_it_is_made_again_from_the_snapshots_where_it_is_gone(tmp_path: Path) -> None:
    nights = [
        (A, B), (changed(A, actual={"delay_seconds": 4}), B), (A,), (A, changed(B, declared={})), (),
    ]  # fmt: skip
    for number, queues in enumerate(nights, 1):
        record(tmp_path, snapshot(tmp_path, number, *queues))
    before = [ask(tmp_path, f"from {name} order by all") for name in TABLES]
    (tmp_path / FILE).unlink()
    with History(tmp_path) as kept:
        assert kept.publish()
    assert [ask(tmp_path, f"from {name} order by all") for name in TABLES] == before


def test_a_snapshot_that_cannot_be_read_is_left_out_and_told(tmp_path: Path) -> None:
    paths = [snapshot(tmp_path, number, A) for number in (1, 2)]
    paths[0].write_text("no snapshot")
    notes: list[str] = []
    with History(tmp_path, note=notes.append) as kept:
        assert kept.publish()
    assert [*kept.left_out] == [paths[0].stem]
    assert [row["id"] for row in ask(tmp_path, "from run")] == [paths[1].stem]
    assert f"{paths[0].name}: left out of the history" in notes[1]


def test_writing_the_file_anew_changes_no_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 5):
        record(
            tmp_path, snapshot(tmp_path, number, changed(A, actual={"delay_seconds": number}), B)
        )
    before = [ask(tmp_path, f"from {name} order by all") for name in TABLES]
    monkeypatch.setattr(history, "COMPACTING", 4)
    written: list[str] = []
    compact = History._compact
    monkeypatch.setattr(History, "_compact", lambda kept: (written.append("anew"), compact(kept)))
    assert grown(tmp_path, tmp_path / "scans" / "20261123T000004Z-000000.duckdb") == (0,) * 5
    assert written == ["anew"]
    assert [ask(tmp_path, f"from {name} order by all") for name in TABLES] == before
    assert grown(tmp_path, snapshot(tmp_path, 5, A, B))[:2] == (1, 0)


# -- questions


def test_as_of_a_date_and_the_difference_of_two(tmp_path: Path) -> None:
    record(tmp_path, snapshot(tmp_path, 1, A, B))
    record(tmp_path, snapshot(tmp_path, 2, changed(A, tags={"team": "b"})))
    assert ask(tmp_path, "select run_at('2026-11-02 12:00') as run") == [{"run": 1}]
    assert ask(tmp_path, "select run_at('2026-01-01') as run") == [{"run": 0}]
    found = ask(tmp_path, "select key, before, after from difference(1, 2) order by key")
    team = {**DOCUMENT, "tags": {"team": "b"}}
    assert found == [
        {"key": A.resource, "before": text(DOCUMENT), "after": text(team)},
        {"key": B.resource, "before": text({"delay_seconds": 5, "tags": {}}), "after": None},
    ]


def test_the_stories_of_recorded_nights(tmp_path: Path) -> None:
    nights = [
        ((A, B), state(serial=7)),
        ((changed(A, actual={"delay_seconds": 9}), B), state(serial=7)),
        (
            (changed(A, declared={"delay_seconds": 9}, actual={"delay_seconds": 9}),),
            state(serial=8),
        ),
    ]
    for number, (queues, read) in enumerate(nights, 1):
        record(tmp_path, snapshot(tmp_path, number, *queues, states=[read]))
    with History(tmp_path) as kept:
        past = kept.past()
    (story,) = attributes(past)
    assert [e.kind for e in story.events] == ["introduced", "absorbed"]
    assert story.events[1].serials == (7, 8)
    assert story.events[1].declared == ("0", "9")
    told = {s.key: [e.kind for e in s.events] for s in presences(past)}
    assert told == {B.resource: ["appeared", "vanished"]}


def test_more_rows_than_one_thread_takes(tmp_path: Path) -> None:
    """DuckDB 2.0.0 loses rows in parallel inserts of more than 120,000 rows, if a table was made wrongly."""
    path = snapshot(tmp_path, 1)
    connection = writer(path)
    connection.execute("set threads = 2")
    connection.execute(
        "insert into resources select 'r' || i, 'aws_sqs_queue', 'r' || i, '', null, ?, ?, null, true, null, "
        "now()::timestamp, '', false, 'unmanaged', null, null, null, [], '{\"delay_seconds\":' || i || '}' "
        "as document, if(i % 2 = 0, left(sha256(document), 32), null) from range(140000) as t(i)",
        [ACCOUNT, REGION],
    )
    connection.close()
    record(tmp_path, path)
    found = ask(
        tmp_path,
        "select count(*) as n, sum(cast(document->>'delay_seconds' as bigint)) as s from as_of(1)",
    )
    assert found == [{"n": 140_000, "s": 140_000 * 139_999 // 2}]
    assert grown(tmp_path, snapshot(tmp_path, 2))[3] == 140_000


# -- laws

SIDES = st.sampled_from([None, 0, 1])
QUEUES = st.tuples(SIDES, SIDES)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    nights=st.lists(st.tuples(QUEUES, QUEUES, st.booleans(), st.booleans()), min_size=1, max_size=4)
)
def test_as_of_any_run_is_what_full_copies_would_say(
    nights: list[Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("law")
    expected: dict[str, Any] = {}
    for number, (one, two, listed, read) in enumerate(nights, 1):
        queues = []
        for name, (declared, actual) in (("one", one), ("two", two)):
            side = {"delay_seconds": declared} if declared is not None and read else None
            there = {"delay_seconds": actual} if actual is not None and listed else None
            status = "" if there is not None or listed else "unreadable"
            queue = Queue(name, side, there, status=status)
            queues.append(queue)
            actual_key, declared_key = f"actual {queue.resource}", f"declared {queue.address}"
            if listed:
                expected[actual_key] = there
            if read and side is None:
                expected[declared_key] = None
            elif side is not None and there is not None:
                expected[declared_key] = side
            elif side is not None and listed:  # missing: what it was declared to be is not stored
                expected[declared_key] = expected.get(declared_key) or {}
        calls = [call(status="ok" if listed else DENIED)]
        record(
            folder,
            snapshot(
                folder, number, *queues, calls=calls, states=[state(status="ok" if read else "x")]
            ),
        )
        assert held(folder) == {key: value for key, value in expected.items() if value is not None}
    whole(folder)


# -- names


def test_a_name_is_remembered_with_what_had_it_first(tmp_path: Path) -> None:
    had = {"type": "aws_lb", "account": ACCOUNT, "region": REGION}
    for number, resource in ((1, "arn:lb/one"), (2, "arn:lb/two")):
        path = snapshot(tmp_path, number, A)
        connection = writer(path)
        put(connection, "host_names", name="web.elb.amazonaws.com", resource=resource, **had)
        put(connection, "host_names", name=f"{number}.example", resource=resource, **had)
        connection.close()
        record(tmp_path, path)
    record(tmp_path, snapshot(tmp_path, 3, A))
    with History(tmp_path) as kept:
        found = kept.named(["web.elb.amazonaws.com", "2.example", "never.example"])
    assert [(row["name"], row["resource"], row["since"]) for row in found] == [
        ("2.example", "arn:lb/two", "2026-11-03T02:00:00Z"),
        ("web.elb.amazonaws.com", "arn:lb/one", "2026-11-02T02:00:00Z"),
    ]


@pytest.mark.parametrize("compacting", [1, 1000])
def test_a_file_and_a_snapshot_of_before_have_no_names_and_lose_nothing(
    compacting: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "COMPACTING", compacting)
    record(tmp_path, snapshot(tmp_path, 1, A, B))
    old = writer(tmp_path / FILE)
    old.execute("drop table named")
    old.close()
    path = snapshot(tmp_path, 2, A)
    before = writer(path)
    before.execute("drop table host_names")
    before.close()
    record(tmp_path, path)
    assert len(ask(tmp_path, "from run")) == 2
    assert ask(tmp_path, "from named") == []
    assert not list(tmp_path.glob("history-damaged*"))
