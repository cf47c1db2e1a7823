"""The benchmarks run, and find in their estate exactly what was put there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import calls
from scanner.catalog import load

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.mark.world
def test_a_small_estate_has_the_drift_that_was_made_cold_and_on_the_next_night() -> None:
    done = subprocess.run(
        [sys.executable, str(FOLDER / "drift.py"), "300"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("300 declared")
    assert [line.split()[0] for line in lines if " x parse" in line] == ["cold", "next"]


def test_collecting_is_measured_beside_boto3_in_one_process_and_in_as_many_as_there_are_cores() -> (
    None
):
    done = run("collect.py", "--small", "pages")
    plain, one, cores = [line for line in done if "instances/s" in line]
    assert "plain boto3" in plain
    assert all(re.search(r" x [\d.]+, CPU x [\d.]+ of boto3$", line) for line in (one, cores))


def test_the_table_of_calls_is_as_measured_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    text, rates = calls.PAGE_FILE.read_text(encoding="utf-8"), calls.written()
    listed = {kind.type for kind in load().values() if kind.list}
    assert len(listed - rates.keys()) < 20, "python benchmarks/calls.py --write TYPE ..."
    # two calls for each, one list alone, and a batch of ten for each parent
    for measured in calls.measured({"aws_sqs_queue", "aws_db_instance", "aws_ecs_service"}):
        assert calls.line(measured.kind, measured.rate) in text.splitlines()


def test_a_small_history_has_its_nights_and_answers() -> None:
    lines = run("history.py", "200", "4")
    assert lines[0].startswith("200 resources, 4 nights; ")
    assert [line.split()[0] for line in lines if line.startswith("  as of")] == ["as"]


def test_every_report_format_is_measured_beside_a_plain_table() -> None:
    lines = run("report.py", "30")
    assert lines[0] == "30 findings"
    named = [line[:20].strip() for line in lines[2:]]
    assert named[0] == "plain table"
    assert {".html", ".json", ".csv", ".sarif", "pages of the tree", "terminal"} <= set(named)


def run(name: str, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, str(FOLDER / name), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=FOLDER.parent,
        env=os.environ | {"PYTHONPATH": str(FOLDER.parent)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
