"""junit.xml: a suite per rule family and a case per finding, for the test tab of a pipeline."""

from __future__ import annotations

from typing import TextIO
from xml.etree import ElementTree

from scanner.model import OPEN, Finding, Report
from scanner.tell import words
from scanner.tell.clean import clean
from scanner.tell.digest import Digest, ordered


def render(report: Report, out: TextIO) -> None:
    """Write `report` as JUnit XML: open findings fail, undecided and waived ones are skipped."""
    digest = Digest(ordered(report))
    root = ElementTree.Element("testsuites", name="watchbill")
    root.append(_coverage(digest))
    for name, _ in digest.families:
        findings = [f for f in digest.report.findings if words.family(f.rule) == name]
        if findings:
            root.append(_suite(name, [_case(finding, digest) for finding in findings]))
    _count(root, root.iter("testcase"))
    ElementTree.indent(root)
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    out.write(ElementTree.tostring(root, encoding="unicode"))
    out.write("\n")


def _suite(name: str, cases: list[ElementTree.Element]) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name=clean(name))
    suite.extend(cases)
    _count(suite, cases)
    return suite


def _count(node: ElementTree.Element, cases: object) -> None:
    found = list(cases)  # type: ignore[call-overload]
    node.set("tests", str(len(found)))
    node.set("failures", str(sum(case.find("failure") is not None for case in found)))
    node.set("errors", "0")
    node.set("skipped", str(sum(case.find("skipped") is not None for case in found)))


def _coverage(digest: Digest) -> ElementTree.Element:
    """One case that passes only where everything asked was seen."""
    case = ElementTree.Element("testcase", classname="coverage", name="everything asked was seen")
    if not digest.whole:
        skipped = ElementTree.SubElement(case, "skipped", message=clean(digest.verdict))
        skipped.text = "\n".join(
            clean(f"{gap.service} {gap.operation} {gap.account} {gap.region}: {gap.status}")
            for gap in digest.report.coverage.gaps
        )
    ElementTree.SubElement(
        case, "system-out"
    ).text = f"seen {words.seen(digest.report.coverage)} of what was asked; {words.routed(digest.routing)}"
    return _suite("coverage", [case])


def _case(finding: Finding, digest: Digest) -> ElementTree.Element:
    resource = clean(finding.address or finding.resource)
    case = ElementTree.Element(
        "testcase",
        classname=clean(finding.rule),
        name=f"{resource} (f-{clean(finding.fingerprint)})",
    )
    says = clean(finding.says)
    if finding.status in OPEN:
        failure = ElementTree.SubElement(case, "failure", message=says, type=finding.severity)
        failure.text = _detail(finding, digest)
    elif finding.status == "unknown":
        reason = clean(finding.unknown_because) or "it could not be decided"
        ElementTree.SubElement(case, "skipped", message=f"not known: {reason}").text = says
    elif finding.status == "waived":
        waiver = finding.waiver
        until = f" by {waiver.id} until {waiver.expires}: {waiver.reason}" if waiver else ""
        ElementTree.SubElement(case, "skipped", message=clean(f"waived{until}")).text = says
    return case


def _detail(finding: Finding, digest: Digest) -> str:
    known = words.how_known(finding.owner, digest.report.fallback_owner)
    lines = {
        "severity": finding.severity,
        "status": finding.status,
        "resource": finding.resource,
        "address": finding.address or "not declared",
        "owner": f"{finding.owner.team or 'no owner'} ({known})",
        "first seen": finding.first_seen,
        **({"waiver": finding.waiver.note} if finding.waiver else {}),
        **{name: str(value) for name, value in sorted(finding.evidence.items())},
    }
    fix = f"\n{clean(finding.fix, lines=True)}" if finding.fix else ""
    return "\n".join(clean(f"{name}: {value}") for name, value in lines.items()) + fix
