"""A scan of a recorded world that is killed, and taken up: its report is that of one that was not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.collect.unfinished import NAME
from scanner.model import Report
from scanner.replay import Served
from scanner.scan import scan
from scanner.settings import Settings

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("harbour")]

KILLED = """
import os, signal, sys
from scanner.collect.session import Session
from scanner.scan import scan
from scanner.settings import Settings
session, asked = Session(), []
def kill(**_):
    asked.append(1)
    if len(asked) == 150:
        os.kill(os.getpid(), signal.SIGKILL)
session._session.register("before-send.*.*", kill)
scan(Settings(states=(sys.argv[1],), store=sys.argv[2], owner_tags=("team",)), session=session)
"""


def test_a_killed_scan_is_taken_up_by_the_next_one_and_tells_the_same(
    cloud: Served, world: Path, reports: dict[str, Report], tmp_path: Path
) -> None:
    state = str(world / "rev2.tfstate")
    notes: list[str] = []
    with cloud.applied():
        killed = subprocess.run(
            [sys.executable, "-c", KILLED, state, str(tmp_path)], env=dict(os.environ), check=False
        )
        assert killed.returncode == -signal.SIGKILL
        assert (tmp_path / NAME).exists()
        settings = Settings(states=(state,), store=str(tmp_path), owner_tags=("team",))
        scanned = scan(settings, note=notes.append)
    assert len(notes) == 1
    assert "broke off" in notes[0]
    assert not (tmp_path / NAME).exists(), "published: nothing is left to take up"
    found, expected = scanned.report, reports["rev2"]
    assert found.coverage == expected.coverage
    assert found.counts == expected.counts
    assert found.types == expected.types
    times = [
        [
            replace(f, first_seen="", earliest="", story=None, evidence={}, says="")
            for f in report.findings
        ]
        for report in (found, expected)
    ]
    assert times[0] == times[1]
