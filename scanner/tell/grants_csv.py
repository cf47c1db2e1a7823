"""grants.csv: one row a grant that the report tells, with all that is known of it."""

from __future__ import annotations

import csv
from typing import TextIO

from scanner.grant import GrantLine
from scanner.model import Report
from scanner.tell import grants
from scanner.tell.csv import cell
from scanner.tell.encode import compact

COLUMNS = (
    "principal",
    "grant",
    "via",
    "through",
    "declared_at",
    "how",
    "owner",
    "owner_state",
    "last_used",
    "used",
    "ends",
    "verdict",
    "account",
    "administrator",
    "past_its_end",
    "ends_disagree",
    "requested_by",
    "reason",
    "ticket",
    "approved_by",
    "granted",
    "recorded",
    "recorded_end",
    "claimed_end",
    "enforced_end",
    "take_away",
    "not_known",
    "scan",
)


def render(report: Report, out: TextIO) -> None:
    """Write the grants of `report` as RFC 4180 CSV, every cell quoted."""
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for line in report.grants.lines if report.grants else ():
        writer.writerow(cell(text or "") for text in (*_fields(line), report.scan.id))


def _fields(line: GrantLine) -> tuple[str | None, ...]:
    told = grants.told(line)
    return (
        line.principal,
        line.document,
        line.via,
        line.through,
        line.address,
        line.how,
        line.owner,
        line.owner_state,
        line.last_used,
        line.used,
        told.end,
        ", ".join(told.marks),
        line.account,
        line.administrator,
        _yes(line.late),
        _yes(line.disagree),
        line.requested_by,
        line.purpose,
        line.ticket,
        line.approved_by,
        line.granted,
        _yes(line.written),
        line.recorded_end,
        line.claimed_end,
        line.enforced_end,
        line.revert,
        compact(line.unknown) if line.unknown else "",
    )


def _yes(so: bool) -> str:
    return "yes" if so else "no"
