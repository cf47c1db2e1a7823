"""Rules run shut in: one that never ends, eats memory or floods is ended, and the others still answer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.judge import run as runner
from scanner.judge.run import Query, queries, run
from scanner.store.snapshot import Writer, new_id

from .rulebook import RULES

FOR_EVER = """
with recursive r(n) as (select 1 union all select n + 1 from r where n > 0)
select count(*) as n from r
"""
HUGE = "select list(x order by x) as l from range(4000000000) as t(x)"
FINE = "select s.canary from scan as s"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with Writer(tmp_path_factory.mktemp("store"), new_id()) as writer:
        writer.insert("scan", [scan_row(writer.id)])
        yield writer.publish()


def scan_row(scan_id: str) -> dict[str, object]:
    now = "2026-11-23T00:00:00Z"
    return {
        "id": scan_id, "version": "0", "started": now, "finished": None, "seen_at": now,
        "accounts": ["1"], "own_accounts": ["1"], "accounts_gap": None,
        "regions": ["r"], "ignored_tags": [], "canary": 1,
    }  # fmt: skip


def test_each_query_has_its_rows(snapshot: Path) -> None:
    answers = run(snapshot, [Query("one", FINE), Query("two", "select $x as x", {"x": [1, 2]})])
    assert answers["one"].rows == [{"canary": 1}]
    assert answers["two"].rows == [{"x": [1, 2]}]
    assert not answers["one"].error
    assert answers["one"].seconds >= 0


def test_one_that_never_ends_is_ended_and_the_others_answer(snapshot: Path) -> None:
    wanted = [
        Query("a", FINE),
        Query("b", FOR_EVER),
        Query("c", FINE),
        Query("d", FOR_EVER),
        Query("e", FINE),
    ]
    answers = run(snapshot, wanted, seconds=5.0)  # enough for the others on a busy machine
    assert [answers[name].rows for name in "ace"] == [[{"canary": 1}]] * 3
    for name in "bd":
        assert answers[name].error == "took longer than 5 s"
        assert answers[name].rows == ()


def test_one_that_eats_memory_is_an_error_and_the_others_answer(snapshot: Path) -> None:
    answers = run(snapshot, [Query("a", HUGE), Query("b", FINE)], seconds=20.0)
    assert answers["a"].error
    assert answers["b"].rows == [{"canary": 1}]


def test_one_that_ends_its_process_is_told_from_one_that_is_slow(
    snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # below what the interpreter and DuckDB need, the kernel refuses memory in the middle
    monkeypatch.setattr(runner, "MEMORY_BYTES", 600 * 1024**2)
    answers = run(snapshot, [Query("a", HUGE), Query("b", FINE)], seconds=20.0)
    assert answers["a"].error
    assert "took longer" not in answers["a"].error
    assert set(answers) == {"a", "b"}


def test_one_with_too_many_rows_is_an_error_and_no_half_answer(
    snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "MOST_ROWS", 10)
    many = [
        Query("a", "select x from range(11) as t(x)"),
        Query("b", "select x from range(10) as t(x)"),
    ]
    answers = run(snapshot, many)
    assert answers["a"].error == "more than 10 rows"
    assert answers["a"].rows == ()
    assert len(answers["b"].rows) == 10


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select no_such_column from scan", "no_such_column"),
        ("select * from no_such_table", "no_such_table"),
        ("select 1 / 'a'", "Could not convert"),
        ("select error('told')", "told"),
        ("select * from read_text('/etc/passwd')", "disabled"),
        ("select * from read_csv('/etc/passwd')", "disabled"),
        ("copy scan to '/tmp/scan.csv'", "disabled"),
        ("attach '/tmp/other.duckdb'", "disabled"),
        ("install httpfs", "disabled"),
        ("set enable_external_access = true", "locked"),
        ("set memory_limit = '100GB'", "locked"),
        ("set lock_configuration = false", "locked"),
        ("delete from scan", "read-only"),
        ("create table t (x integer)", "read-only"),
    ],
)
def test_what_it_may_not_do_is_an_error(sql: str, words: str, snapshot: Path) -> None:
    answers = run(snapshot, [Query("a", sql), Query("b", FINE)])
    assert words.lower() in answers["a"].error.lower()
    assert answers["b"].rows == [{"canary": 1}]


def test_it_sees_nothing_of_our_environment(
    snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret")
    answers = run(snapshot, [Query("a", "select getenv('AWS_SECRET_ACCESS_KEY') as key")])
    # the SQL function belongs to DuckDB's shell alone; if it ever comes, it must find nothing
    assert answers["a"].error or answers["a"].rows == [{"key": ""}]
    assert "very-secret" not in str(answers)


def test_a_snapshot_that_is_no_snapshot_is_an_error_for_every_query(tmp_path: Path) -> None:
    broken = tmp_path / "x.duckdb"
    broken.write_bytes(b"not a database")
    answers = run(broken, [Query("a", FINE), Query("b", FINE)], seconds=10.0)
    assert {answer.error for answer in answers.values()} == {"the rule process could not start"}


def test_every_rule_runs_over_an_empty_snapshot(snapshot: Path) -> None:
    answers = run(snapshot, queries(RULES))
    assert {name: answer.error for name, answer in answers.items() if answer.error} == {}
    assert all(answer.rows == [] for answer in answers.values())
    assert answers.keys() == RULES.keys()


def test_nothing_of_it_stays(snapshot: Path) -> None:
    run(snapshot, [Query("a", FOR_EVER)], seconds=0.5)
    left = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    if not left.exists():
        pytest.skip("this kernel does not list children")
    for child in left.read_text().split():
        command = Path(f"/proc/{child}/cmdline")
        assert not command.exists() or b"scanner.judge.child" not in command.read_bytes()
