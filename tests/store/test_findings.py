"""Findings in the history of a store: on change only, and what was not seen is neither fixed nor new."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scanner.store import recording
from scanner.store.connection import writer
from scanner.store.history import FILE, History, reader
from scanner.store.recording import Known, rows
from tests.store.test_history import put, snapshot

FIRST, SECOND, THIRD, FOURTH = (f"2026-11-0{day}T02:00:00Z" for day in (2, 3, 4, 5))


@dataclass(frozen=True)
class Seen:
    """A finding as a scan has it."""

    print: str
    status: str = "new"
    first_seen: str = FIRST
    team: str | None = "payments"
    severity: str = "high"
    rule: str = "watch/made"
    earliest: str = ""
    reopened: int = 0
    says: str = "it is so"
    evidence: str = "{}"
    type: str = "aws_sqs_queue"


def scan(folder: Path, number: int, *found: Seen) -> Path:
    """A published snapshot with these findings."""
    path = snapshot(folder, number)
    connection = writer(path)
    for one in found:
        put(
            connection, "findings", fingerprint=one.print, rule=one.rule, severity=one.severity,
            status=one.status, resource=f"arn:{one.print}", type=one.type, account="1",
            region="r", team=one.team, says=one.says, evidence=one.evidence, id=one.print,
            name=one.print, first_seen=one.first_seen, earliest=one.earliest or one.first_seen,
            reopened=one.reopened, via="tag team", owner_state="valid", fix="mend it",
        )  # fmt: skip
    connection.execute("checkpoint")
    connection.close()
    return path


def record(folder: Path, *nights: tuple[Seen, ...]) -> None:
    for number, found in enumerate(nights, 1):
        scan(folder, number, *found)
        with History(folder) as kept:
            kept.publish()
        assert not kept.trouble
        assert not kept.left_out


def sightings(folder: Path) -> list[tuple[Any, ...]]:
    query = (
        "select s.run, f.fingerprint, s.status, s.team, s.reopened from sighting as s "
        "join finding as f on f.finding = s.finding order by s.run, f.fingerprint"
    )
    with reader(folder) as connection:
        return [tuple(row.values()) for row in rows(connection, query)]


def test_a_finding_that_stands_is_written_once(tmp_path: Path) -> None:
    stands = Seen("a", "standing", evidence='{"days": 2}')
    record(tmp_path, (Seen("a", evidence='{"days": 1}'),), (stands,), (stands,))
    assert sightings(tmp_path) == [(1, "a", "open", "payments", 0)]


def test_what_was_never_a_fact_is_not_written(tmp_path: Path) -> None:
    record(tmp_path, (Seen("a", "unknown"),), (Seen("a", "gone"),))
    assert sightings(tmp_path) == []


def test_gone_is_written_once_and_coming_back_is_counted(tmp_path: Path) -> None:
    back = Seen("a", "new", FOURTH, earliest=FIRST, reopened=1)
    record(tmp_path, (Seen("a"),), (Seen("a", "gone"),), (Seen("a", "gone"),), (back,))
    assert sightings(tmp_path) == [
        (1, "a", "open", "payments", 0), (2, "a", "gone", "payments", 0),
        (4, "a", "open", "payments", 1),
    ]  # fmt: skip
    with History(tmp_path) as kept:
        assert kept.known() == {"a": Known("open", FOURTH, FIRST, 1)}


def test_another_team_or_severity_is_written(tmp_path: Path) -> None:
    record(
        tmp_path,
        (Seen("a"),),
        (Seen("a", "standing", team=None),),
        (Seen("a", "standing", team=None, severity="low"),),
    )
    assert [row[0] for row in sightings(tmp_path)] == [1, 2, 3]


def test_what_a_scan_says_nothing_of_is_left_as_it_is(tmp_path: Path) -> None:
    record(tmp_path, (Seen("a"), Seen("b")), (Seen("b", "standing"),))
    assert [row[1:3] for row in sightings(tmp_path)] == [("a", "open"), ("b", "open")]


def test_the_findings_of_a_scan_whose_snapshot_is_gone_come_back_whole(tmp_path: Path) -> None:
    found = (Seen("a", evidence='{"size": [1, null]}'), Seen("b"), Seen("c"))
    later = (
        Seen("a", "standing", team="search"), Seen("b", "gone"), Seen("c", "unknown"),
    )  # fmt: skip
    record(tmp_path, found, later)
    for path in (tmp_path / "scans").iterdir():
        path.unlink()
    with History(tmp_path) as kept:
        scan_id, moment, former = kept.former()
    assert (scan_id, moment) == ("20261123T000002Z-000000", SECOND)
    assert [(f["fingerprint"], f["status"], f["owner"]["team"]) for f in former] == [
        ("a", "standing", "search"), ("c", "unknown", "payments"),
    ]  # fmt: skip
    with History(tmp_path) as kept:  # a snapshot of that scan tells it, and more
        assert kept.former(scan_id) == ("", "", [])
    assert former[0]["evidence"] == {"size": [1, None]}
    assert (former[0]["first_seen"], former[0]["fix"]) == (FIRST, "mend it")


def test_findings_that_cannot_be_read_back_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = snapshot(tmp_path, 1)
    with History(tmp_path) as kept:  # the run, before it was judged
        kept.publish()
    connection = writer(path)
    put(
        connection,
        "findings",
        fingerprint="a",
        status="new",
        evidence="{}",
        first_seen=FIRST,
        earliest=FIRST,
    )
    connection.close()
    spoilt = recording.CONCLUDING + "; delete from sighting"
    monkeypatch.setattr(recording, "CONCLUDING", spoilt)
    with History(tmp_path) as kept:
        kept.conclude(path)
        assert not kept.publish()
    assert "cannot be read back" in kept.trouble


def test_made_again_it_says_the_same_of_findings(tmp_path: Path) -> None:
    record(
        tmp_path,
        (Seen("a"), Seen("b")),
        (Seen("a", "gone"), Seen("b", "unknown")),
        (Seen("b", "standing"),),
    )
    before = sightings(tmp_path)
    (tmp_path / FILE).unlink()
    with History(tmp_path) as kept:
        assert kept.publish()
    assert sightings(tmp_path) == before
    assert len(before) == 5
