"""junit.xml parses, and each status is what a pipeline should take it for."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from scanner.model import Report

from . import sample
from .reading import rendered


def suites(report: Report) -> ElementTree.Element:
    return ElementTree.fromstring(rendered(report, ".xml"))


def test_statuses() -> None:
    report = sample.incomplete()
    cases = {case.get("name", ""): case for case in suites(report).iter("testcase")}
    for finding in report.findings:
        case = next(c for name, c in cases.items() if finding.fingerprint in name)
        failure, skipped = case.find("failure"), case.find("skipped")
        if finding.status in ("new", "standing"):
            assert failure is not None
            assert failure.get("message") == finding.says
        elif finding.status == "unknown":
            assert skipped is not None
            assert finding.unknown_because in skipped.get("message", "")
        elif finding.status == "waived":
            assert skipped is not None
        else:
            assert failure is None
            assert skipped is None


def test_a_suite_for_every_family_and_one_for_coverage() -> None:
    names = [suite.get("name") for suite in suites(sample.mixed())]
    assert names == ["coverage", "drift", "ownership", "orphan", "access", "watch", "recovery"]


@pytest.mark.parametrize("estate", sample.ESTATES)
def test_counts_are_those_of_the_cases(estate: str) -> None:
    root = suites(sample.ESTATES[estate]())
    for suite in [root, *root]:
        cases = list(suite.iter("testcase"))
        assert suite.get("tests") == str(len(cases))
        assert suite.get("failures") == str(sum(c.find("failure") is not None for c in cases))
        assert suite.get("skipped") == str(sum(c.find("skipped") is not None for c in cases))


ATTRIBUTES = {
    # of the schema that Jenkins publishes for what Ant's task writes; GitLab reads the same
    "testsuites": {"name", "tests", "failures", "errors", "skipped"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped"},
    "testcase": {"classname", "name"},
    "failure": {"message", "type"},
    "skipped": {"message"},
    "system-out": set(),
}
INSIDE = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "skipped", "system-out"},
}


@pytest.mark.parametrize("estate", [*sample.ESTATES, "hostile"])
def test_elements_stand_where_readers_look_for_them(estate: str) -> None:
    root = suites(sample.ESTATES[estate]() if estate in sample.ESTATES else sample.hostile())
    assert root.tag == "testsuites"
    for element in root.iter():
        assert element.attrib.keys() == ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= INSIDE.get(element.tag, set())
    for case in root.iter("testcase"):
        assert sum(child.tag in ("failure", "skipped") for child in case) <= 1


def test_what_was_not_seen_is_a_skipped_case() -> None:
    skipped = suites(sample.incomplete())[0][0].find("skipped")
    assert skipped is not None
    assert "98.7 %" in skipped.get("message", "")
    assert "DescribeAlarms" in (skipped.text or "")
    assert suites(sample.mixed())[0][0].find("skipped") is None


def test_junitparser_reads_it() -> None:
    junitparser = pytest.importorskip("junitparser")
    parsed = junitparser.JUnitXml.fromstring(rendered(sample.incomplete(), ".xml").encode())
    assert parsed.tests == len(sample.FINDINGS) + 1
