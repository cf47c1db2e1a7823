"""The benchmarks run, and find in their estate exactly what was put there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

DRIFT = Path(__file__).parents[1] / "benchmarks" / "drift.py"


@pytest.mark.world
def test_a_small_estate_has_the_drift_that_was_made_cold_and_on_the_next_night() -> None:
    done = subprocess.run(
        [sys.executable, str(DRIFT), "300"], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("300 declared")
    assert [line.split()[0] for line in lines if " x parse" in line] == ["cold", "next"]
