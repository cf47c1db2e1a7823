"""Where nothing stands in the way of a scan, the doctor is short."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.cli import run
from scanner.errors import PASSED
from scanner.replay import Served

pytestmark = pytest.mark.world


def test_a_healthy_set_up_is_short_and_asks_for_nothing(
    aws: Served,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.tfstate").write_text(
        '{"version": 4, "serial": 2, "lineage": "l", "resources": []}'
    )
    assert run(["doctor", "--state", "a.tfstate"]) == PASSED
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 12
    assert all(line.startswith("ok ") for line in lines), lines
    assert "a.tfstate: serial 2, lineage l, 0 instances" in "\n".join(lines)
    assert not (tmp_path / ".watchbill").exists()
