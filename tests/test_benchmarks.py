"""The benchmarks run, and find in their estate exactly what was put there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_the_calls_of_a_type_are_counted_as_they_are_made() -> None:
    lines = run("calls.py", "--small", "aws_sqs_queue", "aws_db_instance", "aws_ecs_service")
    found = {line.split()[0]: line.split()[1:] for line in lines if line.startswith("  aws_")}
    assert found["aws_sqs_queue"][0] == "2050", "one list, and two calls for each of 20"
    assert found["aws_db_instance"][0] == "50", "one list for 20"
    assert found["aws_ecs_service"][0] == "1000"


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
