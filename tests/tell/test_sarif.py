"""SARIF that validates, points at files and not at resources, and says what it leaves out."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from scanner.model import Report
from scanner.tell import sarif
from tests import published

from . import sample
from .reading import rendered

OWN = Path(__file__).with_name("sarif.schema.json")


def log(report: Report) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(rendered(report, ".sarif"))
    return content


def run(report: Report) -> dict[str, Any]:
    only: dict[str, Any] = log(report)["runs"][0]
    return only


def validate(content: Any, schema: Path) -> None:
    described = json.loads(schema.read_text(encoding="utf-8"))
    kind = jsonschema.validators.validator_for(described)
    kind(described, format_checker=kind.FORMAT_CHECKER).validate(content)


@pytest.mark.parametrize("estate", sample.ESTATES)
def test_every_estate_is_valid(estate: str) -> None:
    validate(log(sample.ESTATES[estate]()), OWN)


@pytest.mark.parametrize("estate", [*sample.ESTATES, "hostile"])
def test_every_estate_is_valid_by_the_standard_itself(estate: str) -> None:
    content = log(sample.ESTATES[estate]() if estate in sample.ESTATES else sample.hostile())
    published.conform(content, published.SARIF)
    content["runs"][0]["results"][0:0] = [{"message": {}, "level": "fatal"}]
    with pytest.raises(jsonschema.ValidationError):
        published.conform(content, published.SARIF)


def test_statuses() -> None:
    report = sample.incomplete()
    results = run(report)["results"]
    by_print = {r["partialFingerprints"]["watchbill/v1"]: r for r in results}
    for finding in report.findings:
        if finding.status == "gone":
            assert finding.fingerprint not in by_print
            continue
        result = by_print[finding.fingerprint]
        assert (result["kind"] == "review") == (finding.status == "unknown")
        assert ("suppressions" in result) == (finding.status == "waived")
        assert result["baselineState"] == ("new" if finding.status == "new" else "unchanged")
        if finding.status == "unknown":
            assert finding.unknown_because in result["message"]["text"]


def test_without_an_earlier_scan_there_is_no_baseline() -> None:
    report = sample.mixed()
    first = replace(report, scan=replace(report.scan, previous=None))
    assert all("baselineState" not in result for result in run(first)["results"])


def uri(finding: Any, **changes: Any) -> str:
    report = replace(sample.mixed(), findings=(finding,), **changes)
    location = run(report)["results"][0]["locations"][0]
    path: str = location["physicalLocation"]["artifactLocation"]["uri"]
    return path


def test_locations_are_states_and_never_resources() -> None:
    declared = next(f for f in sample.FINDINGS if f.address)
    undeclared = next(f for f in sample.FINDINGS if not f.address)
    one = sample.mixed().sources[0]
    two = replace(one, source="states/we ird?versionId=1.tfstate")
    assert uri(declared) == "terraform.tfstate"
    assert uri(undeclared) == "aws"
    assert uri(declared, sources=(one, two)) == "terraform"
    assert uri(declared, sources=()) == "terraform"
    named = replace(declared, evidence={"state": two.source})
    assert uri(named, sources=(one, two)) == "we%20ird"
    strange = replace(declared, evidence={"state": "../../etc/passwd"})
    assert uri(strange, sources=(one, two)) == "terraform"


def test_the_address_is_the_logical_location() -> None:
    finding = next(f for f in sample.FINDINGS if f.address and "module" in f.address)
    result = run(replace(sample.mixed(), findings=(finding,)))["results"][0]
    logical = result["locations"][0]["logicalLocations"][0]
    assert logical["fullyQualifiedName"] == finding.address


def test_at_most_5000_results_the_most_severe_first() -> None:
    content = run(sample.many(5_400))
    results = content["results"]
    assert len(results) == sarif.LIMIT
    assert all(len(rule["properties"]["tags"]) <= 20 for rule in content["tool"]["driver"]["rules"])
    # of a file, packed, code scanning takes 10 MB
    assert len(gzip.compress(json.dumps(content).encode(), 1)) < 2_000_000
    assert content["properties"]["watchbill/omittedResults"] == 400
    order = ["critical", "high", "medium", "low"]
    ranks = [order.index(result["properties"]["severity"]) for result in results]
    assert ranks == sorted(ranks)


def test_rules_are_described_and_have_no_link() -> None:
    driver = run(sample.mixed())["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == sorted(sample.RULES)
    for rule in driver["rules"]:
        assert "helpUri" not in rule
        assert sample.RULES[rule["id"]][3] in rule["help"]["text"]
    for result in run(sample.mixed())["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_github_knows_a_result_again_by_our_fingerprint_and_takes_every_description() -> None:
    long = replace(sample.mixed().rules[0], title="t" * 2000, why="w" * 2000)
    content = run(replace(sample.mixed(), rules=(long,)))
    for result in content["results"]:
        assert len(set(result["partialFingerprints"].values())) == 1
        assert "primaryLocationLineHash" in result["partialFingerprints"]
    for rule in content["tool"]["driver"]["rules"]:
        assert len(rule["shortDescription"]["text"]) <= 1024
        assert len(rule["fullDescription"]["text"]) <= 1024
    helps = [rule["help"]["text"] for rule in content["tool"]["driver"]["rules"]]
    assert any("w" * 2000 in text for text in helps)


def test_gaps_are_notifications() -> None:
    notes = run(sample.incomplete())["invocations"][0]["toolExecutionNotifications"]
    assert len(notes) == len(sample.GAPS)
    assert "DescribeContinuousBackups" in notes[0]["message"]["text"]


def test_a_message_holds_no_link_and_no_placeholder() -> None:
    assert sarif.message("[pwned](1) {0}") == "[pwned] (1) {{0}}"
    assert sarif.message('module.a["b"].c') == 'module.a["b"].c'
