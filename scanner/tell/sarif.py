"""findings.sarif: SARIF 2.1.0, the most severe findings that code scanning will keep."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TextIO
from urllib.parse import quote

from scanner.model import Finding, Gap, Report, Routing, Severity
from scanner.tell import words
from scanner.tell.clean import clean
from scanner.tell.digest import ordered
from scanner.tell.encode import indented
from scanner.tell.places import artifact, states
from scanner.waiver import Waived

LIMIT = 5000
"""Results in a run that GitHub keeps; the rest is counted in a property."""
LONGEST = 1024
"""Characters of a rule's descriptions that GitHub takes."""
LINE_HASH = "primaryLocationLineHash"
"""The only fingerprint by which GitHub knows a result again; without it, it takes one of the line, and all
findings about a state have the same line."""

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

_LEVELS: Mapping[Severity, str] = {
    "critical": "error",
    "high": "error",
    "medium": "warning",
    "low": "note",
}
_SCORES: Mapping[Severity, str] = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.5"}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def render(report: Report, out: TextIO) -> None:
    """Write `report` as one SARIF run; what is gone is no result."""
    findings = [f for f in ordered(report).findings if f.status != "gone"]
    kept = findings[:LIMIT]
    rules = sorted({f.rule for f in kept} | {rule.id for rule in report.rules})
    places = {rule: index for index, rule in enumerate(rules)}
    known = states(report)
    compared = report.scan.previous is not None
    run = {
        "tool": {"driver": _driver(report, rules, kept)},
        "automationDetails": {"id": f"watchbill/{clean(report.scan.id)}"},
        "columnKind": "utf16CodeUnits",
        "invocations": [_invocation(report)],
        "results": [_result(f, places[f.rule], known, compared) for f in kept],
        "properties": {
            "watchbill/omittedResults": len(findings) - len(kept),
            "watchbill/asked": report.coverage.asked,
            "watchbill/complete": report.coverage.complete,
            "watchbill/seenPercent": report.coverage.percent,
            "watchbill/routablePercent": Routing.of(report.findings).percent,
        },
    }
    out.write(indented({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}))


def _driver(report: Report, rules: list[str], findings: list[Finding]) -> dict[str, Any]:
    described = {rule.id: rule for rule in report.rules}
    severities: dict[str, Severity] = {}
    for finding in findings:
        severities.setdefault(finding.rule, finding.severity)
    descriptors = []
    for name in rules:
        rule = described.get(name)
        severity = rule.severity if rule else severities[name]
        title = rule.title if rule and rule.title else name
        help_text = "\n\n".join(filter(None, [rule.why, words.general(rule.fix)])) if rule else ""
        descriptors.append(
            {
                "id": clean(name),
                "shortDescription": {"text": words.short(message(title), LONGEST)},
                "fullDescription": {
                    "text": words.short(message((rule and rule.why) or title), LONGEST)
                },
                "help": {"text": message(help_text or title)},
                "defaultConfiguration": {"level": _LEVELS[severity]},
                "properties": {
                    "security-severity": _SCORES[severity],
                    "tags": [clean(words.family(name))],
                },
            }
        )
    version = clean(report.scan.version) or "0"
    return {"name": "watchbill", "version": version, "rules": descriptors}


def _invocation(report: Report) -> dict[str, Any]:
    times = {"startTimeUtc": report.scan.started, "endTimeUtc": report.scan.finished}
    return {
        "executionSuccessful": True,
        **{name: time for name, time in times.items() if _TIME.fullmatch(time)},
        "toolExecutionNotifications": [_notification(gap) for gap in report.coverage.gaps],
    }


def _notification(gap: Gap) -> dict[str, Any]:
    where = f"{gap.service} {gap.operation} in {gap.account} {gap.region}"
    text = f"not seen: {where}: {gap.status} {gap.error_code}, {words.plural(gap.count, 'call')}"
    return {"level": "warning", "message": {"text": message(text)}}


def _result(
    finding: Finding, rule_index: int, known: Mapping[str, str], compared: bool
) -> dict[str, Any]:
    unknown = finding.status == "unknown"
    says = finding.says
    if unknown:
        says = f"Not known ({finding.unknown_because or 'it could not be decided'}): {says}"
    result: dict[str, Any] = {
        "ruleId": clean(finding.rule),
        "ruleIndex": rule_index,
        "kind": "review" if unknown else "fail",
        "level": "none" if unknown else _LEVELS[finding.severity],
        "message": {"text": message(says) or "-"},
        "locations": [_location(finding, artifact(finding, known))],
        "partialFingerprints": {
            "watchbill/v1": finding.fingerprint,
            LINE_HASH: finding.fingerprint,
        },
        "properties": {
            "severity": finding.severity,
            "resource": clean(finding.resource),
            "owner": clean(finding.owner.team or ""),
            "firstSeen": clean(finding.first_seen),
        },
    }
    if compared:
        result["baselineState"] = "new" if finding.status == "new" else "unchanged"
    if finding.status == "waived":
        suppression = {"kind": "external", "status": "accepted"}
        if finding.waiver:
            suppression["justification"] = message(_why(finding.waiver))
        result["suppressions"] = [suppression]
    return result


def _why(waiver: Waived) -> str:
    who = f"approved by {waiver.approved_by}, until {waiver.expires}"
    return f"waiver {waiver.id} of {waiver.owner}, {who}: {waiver.reason}"


def _location(finding: Finding, artifact: str) -> dict[str, Any]:
    """Code scanning refuses the whole file if one result has no physical location."""
    uri = quote(clean(artifact), safe="")
    logical = {
        "fullyQualifiedName": clean(finding.address or finding.resource),
        "name": clean(finding.name or finding.id or finding.resource),
        "kind": "resource",
    }
    return {
        "physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 1}},
        "logicalLocations": [logical],
    }


def message(text: str) -> str:
    """Text in which nothing is a placeholder or a link (SARIF 2.1.0, 3.11.5 and 3.11.6)."""
    shown = clean(text, lines=True).replace("{", "{{").replace("}", "}}")
    return shown.replace("](", "] (")
