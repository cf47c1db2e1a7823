"""The report as a snapshot holds it."""

from __future__ import annotations

import msgspec
import pytest

from scanner.judge import report
from scanner.model import SCHEMA, Counts, Coverage, Gap, Report, Scan

from .made import NOW, finding


@pytest.mark.parametrize("count", range(6))
def test_a_report_in_several_texts_is_the_one_findings_json(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(report, "AT_ONCE", 2)
    tricky = '"findings":[]'
    made = Report(
        schema=SCHEMA,
        scan=Scan("x", NOW, NOW, "0", NOW),
        coverage=Coverage(1, 0, 0.0, (Gap("", "", "", "", "", "", tricky, 1, (), ()),)),
        counts=Counts({}, {}),
        findings=tuple(finding(str(number), name=tricky) for number in range(count)),
        notes=(tricky,),
    )
    texts = list(report.encoded(made))
    assert len(texts) == max(1, -(-count // 2))
    assert "".join(texts) == msgspec.json.encode(made).decode()
