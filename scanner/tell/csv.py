"""findings.csv: one row a finding, for a spreadsheet that must not run what it reads."""

from __future__ import annotations

import csv
import re
from typing import TextIO

from scanner.model import OWNER_ROLES, Finding, Report, Routing
from scanner.tell import story
from scanner.tell.clean import clean
from scanner.tell.digest import ordered
from scanner.tell.encode import compact

COLUMNS = (
    "fingerprint",
    "severity",
    "status",
    "rule",
    "says",
    "resource",
    "type",
    "id",
    "name",
    "account",
    "region",
    "address",
    "owner",
    "owner_via",
    "owner_state",
    "owner_sure",
    "owner_verified",
    "first_seen",
    "fix",
    "unknown_because",
    "evidence",
    "cost_owner",
    "access_owner",
    "monitoring_owner",
    "recovery_owner",
    "context",
    "scan",
    "seen_percent",
    "routable_percent",
    "age_days",
    "earliest",
    "reopened",
    "came",
    "history",
    "waiver",
    "waiver_expires",
    "waiver_note",
    "last_writes",
)

# Excel, LibreOffice and Sheets take a cell for a formula by its first character that is no space,
# the full-width forms included; the apostrophe makes it text.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "|", "%")
_NUMBER = re.compile(r"-\d+(\.\d+)?")


def render(report: Report, out: TextIO) -> None:
    """Write `report` as RFC 4180 CSV, every cell quoted."""
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    routing = Routing.of(report.findings)
    for finding in ordered(report).findings:
        writer.writerow(
            [
                *map(cell, _fields(finding)),
                *_scan(report, routing),
                *map(cell, (*_past(finding), *_waiver(finding), "; ".join(story.writes(finding)))),
            ]
        )


def _fields(finding: Finding) -> tuple[str, ...]:
    return (
        finding.fingerprint,
        finding.severity,
        finding.status,
        finding.rule,
        finding.says,
        finding.resource,
        finding.type,
        finding.id,
        finding.name,
        finding.account,
        finding.region,
        finding.address or "",
        finding.owner.team or "",
        finding.owner.via,
        finding.owner.state,
        finding.owner.sure,
        "yes" if finding.owner.verified else "no",
        finding.first_seen,
        finding.fix,
        finding.unknown_because,
        compact(finding.evidence),
        *(
            (finding.roles[role].team or "" if role in finding.roles else "")
            for role in OWNER_ROLES
        ),
        compact(finding.context) if finding.context else "",
    )


def _past(finding: Finding) -> tuple[str, ...]:
    return (
        str(finding.age_days),
        finding.earliest,
        str(finding.reopened),
        story.came(finding),
        "; ".join(story.lines(finding)),
    )


def _scan(report: Report, routing: Routing) -> tuple[str, str, str]:
    routable = "" if routing.percent is None else str(routing.percent)
    return cell(report.scan.id), str(report.coverage.percent), routable


def _waiver(finding: Finding) -> tuple[str, str, str]:
    waiver = finding.waiver
    return (waiver.id, waiver.expires, waiver.note) if waiver else ("", "", "")


def cell(text: str) -> str:
    """`text` as a spreadsheet shows it and never computes it; newlines stay inside the cell."""
    shown = clean(text, lines=True)
    computed = shown.lstrip(" \t\n\u00a0\u3000").startswith(_FORMULA)
    return f"'{shown}" if computed and not _NUMBER.fullmatch(shown) else shown
