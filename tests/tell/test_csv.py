"""findings.csv: RFC 4180, a row a finding, and no cell that a spreadsheet would compute."""

from __future__ import annotations

import csv
import io
import json

import pytest

from scanner.model import Report
from scanner.tell import grants_csv
from scanner.tell.csv import COLUMNS, cell

from . import sample
from .reading import Page, rendered, tree


def rows(report: Report, name: str = ".csv") -> list[dict[str, str]]:
    text = rendered(report, name)
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_a_row_a_finding() -> None:
    report = sample.incomplete()
    found = {row["fingerprint"]: row for row in rows(report)}
    assert len(found) == len(report.findings)
    for finding in report.findings:
        row = found[finding.fingerprint]
        assert row["rule"] == finding.rule
        assert row["owner"] == (finding.owner.team or "")
        assert row["fix"] == finding.fix
        assert json.loads(row["evidence"]) == finding.evidence
        assert row["seen_percent"] == "98.7"


def test_the_same_grants_in_the_page_the_file_and_the_ledger() -> None:
    report = sample.incomplete()
    assert report.grants is not None
    lines = report.grants.lines
    found = rows(report, "grants.csv")
    assert [(row["principal"], row["grant"], row["via"]) for row in found] == [
        (line.principal, line.document, line.via) for line in lines
    ]
    page = Page(tree(report)["grants.html"])
    assert sum(attrs.get("class") == "grant" for _, attrs in page.elements) == len(lines)
    shown = [" ".join(text.split()) for text in page.texts["tr"]]
    for row in found:
        assert any(
            row["ends"] in text and all(mark in text for mark in row["verdict"].split(", "))
            for text in shown
            if text.startswith(row["principal"].rpartition("/")[2])
        ), row
    by_hand = found[0]
    assert (by_hand["how"], by_hand["past_its_end"], by_hand["declared_at"]) == (
        "by_hand",
        "yes",
        "",
    )
    assert by_hand["last_used"] == "2026-11-20T08:30:00Z"
    assert json.loads(found[1]["not_known"])["how"].startswith("whether a state puts")


def test_an_empty_report_has_its_header() -> None:
    header = ",".join(f'"{name}"' for name in grants_csv.COLUMNS)
    assert rendered(sample.empty(), "grants.csv").splitlines() == [header]
    assert rendered(sample.empty(), ".csv").splitlines() == [
        ",".join(f'"{name}"' for name in COLUMNS)
    ]


def test_lines_end_as_rfc_4180_says() -> None:
    text = rendered(sample.clean_estate(), ".csv")
    assert text.endswith("\r\n")
    assert text.count("\n") == text.count("\r\n")


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1+1", "@SUM(1)", "\t=1", "\n=1", " =1", "\uff1d1", "|calc", "%0A", "\u00a0=1"],
)
def test_formulas_become_text(text: str) -> None:
    assert cell(text).startswith("'")


@pytest.mark.parametrize(
    "text", ["a=1", "arn:aws:sqs:x", "", "{}", "\\t=1", "123456789012", "-1", "-2.5"]
)
def test_other_text_stays(text: str) -> None:
    assert cell(text) == text
