"""The scan before, out of its report or out of the history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from scanner.model import Finding, Report
from scanner.waiver import WaiverUse


@dataclass(frozen=True)
class Before:
    """The scan that this one is compared with."""

    id: str
    now: str
    findings: tuple[Finding, ...]
    waivers: tuple[WaiverUse, ...] = ()


def scan_before(texts: Iterable[str], former: tuple[str, str, Sequence[Any]]) -> Before | None:
    """The scan before: its report, or what the history keeps of a later one.

    `texts` are the report as a snapshot holds it (judge.report.encoded), or none. A snapshot may have been
    removed; `former` is its id, its moment and its findings (store.recording).
    """
    report: Report | None = None
    findings: list[Finding] = []
    for text in texts:
        if report is None:
            report = msgspec.json.decode(text, type=Report)
            findings += report.findings
        else:
            findings += msgspec.json.decode(text, type=list[Finding])
    if former[0] and (report is None or report.scan.id < former[0]):
        found = tuple(msgspec.convert(f, Finding) for f in former[2])
        return Before(former[0], former[1], found, report.waivers if report else ())
    if report is None:
        return None
    return Before(report.scan.id, report.scan.now, tuple(findings), report.waivers)
