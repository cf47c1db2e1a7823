"""Resources that have findings, one row each: what is wrong with this thing, all in one place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from scanner.model import OPEN, SEVERITIES, Finding, Report, Severity
from scanner.tell.digest import NO_OWNER, owner_key
from scanner.tell.page import anchor

LIMIT = 5000
"""Rows on the page; all findings are in findings.csv."""
_SHOWN = (*OPEN, "unknown", "waived")


@dataclass(frozen=True, slots=True)
class Told:
    """A finding as a row's line, and where it is told whole."""

    severity: Severity
    status: str
    says: str
    link: str
    """Empty where no page has it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A resource and its findings, the worst first."""

    name: str
    type: str
    resource: str
    account: str
    region: str
    address: str | None
    owner: str
    owner_key: str
    findings: tuple[Told, ...]
    card: tuple[tuple[str, str], ...]
    """Aspect and verdict (yes | no | not known) of its readiness, without what is not asked of it."""


def rows(report: Report, on_index: Collection[str]) -> tuple[Row, ...]:
    """A row for each resource with a finding that is open, undecided or waived, the worst off first.

    `on_index` are the anchors of findings that the first page tells whole; its links lead there.
    """
    by_resource: dict[str, list[Finding]] = {}
    for finding in report.findings:
        if finding.status in _SHOWN:
            by_resource.setdefault(finding.resource, []).append(finding)
    made = [
        _row(findings, on_index, report.cards.get(resource, {}))
        for resource, findings in by_resource.items()
    ]
    return tuple(sorted(made, key=_need))


def _need(row: Row) -> tuple[tuple[int, ...], str, str]:
    """More of the worst severity first; what is not open comes last."""
    counts = [
        -sum(f.severity == severity and f.status == "" for f in row.findings)
        for severity in SEVERITIES
    ]
    return tuple(counts), row.type, row.resource


def _row(findings: Iterable[Finding], on_index: Collection[str], card: Mapping[str, str]) -> Row:
    worst = sorted(
        findings,
        key=lambda f: (f.status not in OPEN, SEVERITIES.index(f.severity), f.rule),
    )
    first = worst[0]
    return Row(
        name=first.name or first.id,
        type=first.type,
        resource=first.resource,
        account=first.account,
        region=first.region,
        address=first.address,
        owner=first.owner.team or NO_OWNER,
        owner_key=owner_key(first.owner.team),
        findings=tuple(_told(finding, on_index) for finding in worst),
        card=tuple(
            (aspect, "not known" if verdict == "unknown" else verdict)
            for aspect, verdict in card.items()
            if verdict != "none"
        ),
    )


def _told(finding: Finding, on_index: Collection[str]) -> Told:
    place = anchor(finding.fingerprint)
    status = {"unknown": "not known", "waived": "waived"}.get(finding.status, "")
    link = f"index.html#{place}" if place in on_index else ""
    return Told(finding.severity, status, finding.says, link)
