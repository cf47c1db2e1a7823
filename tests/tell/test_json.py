"""findings.json loses nothing, is the same for the same report, and refuses what it is not."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import tell
from scanner.errors import ReportError
from scanner.model import SCHEMA, Counts, Coverage, Finding, Owner, Report, RuleSummary, Scan
from scanner.tell.digest import ordered

from . import sample
from .reading import rendered

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NUMBERS = st.dictionaries(st.text(), st.integers(min_value=0, max_value=10**9), max_size=4)
REPORTS = st.builds(
    Report,
    schema=st.just(SCHEMA),
    scan=st.builds(Scan),
    coverage=st.builds(
        Coverage, percent=st.floats(allow_nan=False, allow_infinity=False, min_value=0)
    ),
    counts=st.builds(Counts, declared=NUMBERS, actual=NUMBERS),
    findings=st.lists(
        st.builds(
            Finding,
            owner=st.builds(Owner),
            evidence=st.dictionaries(st.text(), VALUES, max_size=4),
        ),
        max_size=4,
    ).map(tuple),
    rules=st.lists(st.builds(RuleSummary), max_size=2).map(tuple),
)


@given(REPORTS)
@settings(deadline=None)
def test_report_to_json_to_report_is_the_identity(report: Report) -> None:
    text = rendered(report, ".json")
    assert tell.load(text) == ordered(report)
    assert rendered(tell.load(text), ".json") == text


@pytest.mark.parametrize("estate", sample.ESTATES)
def test_estates_come_back(estate: str) -> None:
    report = sample.ESTATES[estate]()
    assert tell.load(rendered(report, ".json")) == ordered(report)


def test_shape_of_the_contract() -> None:
    content = json.loads(rendered(sample.incomplete(), ".json"))
    assert list(content) == [f.name for f in fields(Report)]
    assert list(content)[:5] == ["schema", "scan", "coverage", "counts", "findings"]
    assert {"id", "started", "finished", "version", "now"} <= content["scan"].keys()
    assert list(content["coverage"]) == ["asked", "complete", "percent", "gaps"]
    finding = content["findings"][0]
    assert list(finding) == [f.name for f in fields(Finding)]
    assert list(finding["owner"])[:3] == ["team", "via", "state"]
    assert list(content["counts"]["declared"])[:3] == ["in_sync", "changed", "missing"]


def test_findings_are_sorted_and_evidence_keys_too() -> None:
    findings = json.loads(rendered(sample.incomplete(), ".json"))["findings"]
    rank = {"critical": 0, "high": 1, "medium": 2, "low": 3}
    keys = [(rank[f["severity"]], f["rule"], f["resource"]) for f in findings]
    assert keys == sorted(keys)
    for finding in findings:
        assert list(finding["evidence"]) == sorted(finding["evidence"])


def test_equal_reports_give_equal_bytes() -> None:
    report = sample.mixed()
    shuffled = replace(
        report,
        findings=tuple(
            replace(f, evidence=dict(reversed(f.evidence.items()))) for f in report.findings[::-1]
        ),
        counts=Counts(dict(reversed(report.counts.declared.items())), report.counts.actual),
    )
    assert rendered(shuffled, ".json") == rendered(report, ".json")


def test_a_name_that_utf8_cannot_hold_is_written_all_the_same() -> None:
    report = sample.mixed()
    source = replace(report.sources[0], source="states/\udcff.tfstate")
    text = rendered(replace(report, sources=(source,)), ".json")
    assert tell.load(text).sources[0].source == "states/?.tfstate"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "no schema number"),
        ('{"schema": "1"}', "no schema number"),
        ('{"schema": true}', "no schema number"),
        ('{"schema": 99}', "schema 99"),
        ('{"schema": 1}', "not a report"),
    ],
)
def test_what_is_no_report_is_refused(text: str, said: str) -> None:
    with pytest.raises(ReportError, match=said) as caught:
        tell.load(text)
    assert caught.value.hint


def test_a_wrong_type_is_refused() -> None:
    content = json.loads(rendered(sample.mixed(), ".json"))
    content["findings"][0]["severity"] = "awful"
    with pytest.raises(ReportError, match="severity"):
        tell.load(json.dumps(content))
