"""The report as a snapshot holds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.judge import report as encoding
from scanner.judge.before import scan_before
from scanner.model import SCHEMA, Counts, Coverage, Gap, Report, Scan
from scanner.store.snapshot import Writer, report
from scanner.tell import load

from .made import NOW, finding


@pytest.mark.parametrize("count", range(6))
def test_a_report_of_many_findings_is_the_one_findings_json_and_the_scan_before(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, count: int
) -> None:
    monkeypatch.setattr(encoding, "AT_ONCE", 2)
    tricky = '"findings":[]'
    made = Report(
        schema=SCHEMA,
        scan=Scan("x", NOW, NOW, "0", NOW),
        coverage=Coverage(1, 0, 0.0, (Gap("", "", "", "", "", "", tricky, 1, (), ()),)),
        counts=Counts({}, {}),
        findings=tuple(finding(str(number), name=tricky) for number in range(count)),
        notes=(tricky,),
    )
    with Writer(tmp_path, "a") as writer:
        writer.insert_report(encoding.encoded(made))
        path = writer.publish()
    assert len(list(report(path))) == (1 if count < 3 else 1 + -(-count // 2))
    before = scan_before(report(path), ("", "", ()))
    assert before is not None
    assert before.findings == made.findings
    assert load(report(path)) == made
    assert scan_before((), ("", "", ())) is None
