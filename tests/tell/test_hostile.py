"""Whatever a tag or a name holds, each output only shows it."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scanner import tell
from scanner.model import STATUSES, Report, Status
from scanner.tell.digest import ordered
from scanner.tell.github import annotate

from . import sample
from .reading import Page, rendered, tree
from .test_sarif import OWN, validate

CORPUS = sample.corpus()

ORDINARY = [
    text
    for report in (sample.incomplete(), sample.clean_estate(), sample.empty(), sample.many(60))
    for text in (rendered(report, ".html"), *tree(report).values())
]
SHAPES = set().union(*(Page(text).shapes for text in ORDINARY))
CLASSES = {value for text in ORDINARY for value in Page(text).values("class")}


def test_the_corpus_is_large_and_without_doubles() -> None:
    assert len(CORPUS) >= 60
    assert len(set(CORPUS.values())) == len(CORPUS)


def test_the_corpus_is_kept_in_ascii() -> None:
    assert sample.CORPUS.read_bytes().isascii()


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS.keys())
def test_html_grows_no_element_and_no_attribute(text: str) -> None:
    report = sample.hostile([text] * 5)
    for name, source in {"report.html": rendered(report, ".html"), **tree(report)}.items():
        parsed = Page(source)
        assert not parsed.problems, name
        assert parsed.shapes <= SHAPES, name
        assert {tag for tag, _ in parsed.elements if tag == "script"} == {"script"}
        for value in parsed.values("href"):
            assert re.fullmatch(
                r"(\.\./)?([a-z0-9/-]+\.(html|json|csv)|SHA256SUMS)?(#[\w-]+)?", value
            ), value
        for value in parsed.values("class"):
            assert value in CLASSES or value in {"key ", "other"}, value
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", source)


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS.keys())
def test_csv_computes_nothing(text: str) -> None:
    report = sample.hostile([text] * 5)
    assert report.grants is not None
    told = {".csv": len(report.findings), "grants.csv": len(report.grants.lines)}
    for name, count in told.items():
        rows = list(csv.reader(io.StringIO(rendered(report, name), newline=""), strict=True))
        assert {len(row) for row in rows} == {len(rows[0])}
        assert len(rows) == 1 + count > 1
        for row in rows:
            for cell in row:
                assert not cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d"))
                assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", cell)


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS.keys())
def test_xml_parses_and_grows_no_element(text: str) -> None:
    root = ElementTree.fromstring(rendered(sample.hostile([text] * 5), ".xml"))
    allowed = {"testsuites", "testsuite", "testcase", "failure", "skipped", "system-out"}
    assert {element.tag for element in root.iter()} <= allowed
    assert len(list(root.iter("testcase"))) == 6


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS.keys())
def test_sarif_is_valid_and_links_nowhere(text: str) -> None:
    log = json.loads(rendered(sample.hostile([text] * 5), ".sarif"))
    validate(log, OWN)
    for result in log["runs"][0]["results"]:
        assert "](" not in result["message"]["text"]
        assert not re.search(r"(?<!\{)\{\d", result["message"]["text"].replace("{{", ""))


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS.keys())
def test_json_is_lossless_and_harmless_to_print(text: str) -> None:
    report = sample.hostile([text] * 5)
    document = rendered(report, ".json")
    assert tell.load(document) == ordered(report)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", document)


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS.keys())
def test_code_quality_and_annotations_stay_in_their_lines(text: str) -> None:
    report = sample.hostile([text] * 5)
    document = rendered(report, "gl-code-quality-report.json")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", document)
    for violation in json.loads(document):
        assert violation.keys() == {
            "description", "check_name", "fingerprint", "severity", "location",
        }  # fmt: skip
        assert "/" not in violation["location"]["path"]
    for line in annotate(report.findings, text, failed=True):
        assert re.fullmatch(r"::(error|warning|notice) title=[^\r\n:,]*::[^\r\n]*", line)
        assert not re.search("%(?!25|0D|0A|3A|2C)", line)


def some(drawn: list[tuple[str, Status, int]]) -> Report:
    """A report of findings with these names, statuses and rules."""
    rules = tuple(sample.RULES)
    findings = [
        replace(
            sample.hostile_finding(text, number),
            status=status,
            rule=rules[rule],
            severity=sample.RULES[rules[rule]][0],
        )
        for number, (text, status, rule) in enumerate(drawn)
    ]
    return replace(sample.incomplete(), findings=tuple(findings), waivers=())


@settings(max_examples=5, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*CORPUS.values(), "queue"]),
            st.sampled_from(STATUSES),
            st.integers(0, len(sample.RULES) - 1),
        ),
        max_size=12,
    ).map(some)
)
@example(sample.many(60))
def test_the_same_fingerprints_in_every_output(report: Report) -> None:
    everything = {f.fingerprint for f in report.findings}
    assert len(everything) == len(report.findings)
    loaded = json.loads(rendered(report, ".json"))["findings"]
    assert {f["fingerprint"] for f in loaded} == everything
    rows = csv.DictReader(io.StringIO(rendered(report, ".csv"), newline=""))
    assert {row["fingerprint"] for row in rows} == everything
    names = " ".join(
        case.get("name", "")
        for case in ElementTree.fromstring(rendered(report, ".xml")).iter("testcase")
    )
    assert set(re.findall(r"\(f-([0-9a-f]{24})\)", names)) == everything
    assert Page(rendered(report, ".html")).findings == everything
    pages = [Page(text).findings for name, text in tree(report).items() if "owners" in name]
    gone = {f.fingerprint for f in report.findings if f.status == "gone"}
    assert everything - gone <= set().union(*pages)
    results = json.loads(rendered(report, ".sarif"))["runs"][0]["results"]
    prints = {result["partialFingerprints"]["watchbill/v1"] for result in results}
    assert prints == everything - gone
    violations = json.loads(rendered(report, "gl-code-quality-report.json"))
    still = {f.fingerprint for f in report.findings if f.status in ("new", "standing")}
    assert {violation["fingerprint"] for violation in violations} == still
    annotated = " ".join(annotate(report.findings, "", failed=True))
    assert set(re.findall(r", ([0-9a-f]{24})\)", annotated)) <= everything
    markdown = rendered(report, ".md")
    assert set(re.findall(r"\b[0-9a-f]{24}\b", markdown)) <= still
