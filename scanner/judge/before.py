"""The scan before, out of its report or out of the history."""

from __future__ import annotations

from collections.abc import Sequence
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


def scan_before(document: str | None, former: tuple[str, str, Sequence[Any]]) -> Before | None:
    """The scan before: its report as findings.json, or what the history keeps of a later one.

    A snapshot may have been removed; `former` is its id, its moment and its findings (store.recording).
    """
    report = msgspec.json.decode(document, type=Report) if document else None
    if former[0] and (report is None or report.scan.id < former[0]):
        found = tuple(msgspec.convert(f, Finding) for f in former[2])
        return Before(former[0], former[1], found, report.waivers if report else ())
    if report is None:
        return None
    return Before(report.scan.id, report.scan.now, report.findings, report.waivers)
