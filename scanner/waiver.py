"""The nouns of waivers: an entry of waivers.yaml, what it does to a finding, what became of it in a scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Waived:
    """The waiver that a finding falls under."""

    id: str
    owner: str
    approved_by: str
    category: str
    reason: str
    expires: str
    """Its last day for this finding, YYYY-MM-DD, UTC: a severe one may end it before its own date."""
    holds: bool
    """False where it no longer excuses the finding."""
    note: str = ""
    """Why it does not hold, where it does not (`waiver W expired 3 days ago`)."""
    severity: Literal["critical", "high", "medium", "low"] = "low"
    """The finding's own severity; an expired waiver makes it one worse."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """One entry of waivers.yaml: which findings are excused, why, by whom, until when."""

    id: str
    rule: str
    match: Mapping[str, Any]
    """All of it must hold: arn | glob | fingerprint | tag | account | region | attribute | principal |
    action."""
    category: str
    owner: str
    requested_by: str
    approved_by: str
    ticket: str
    reason: str
    created: str
    """YYYY-MM-DD, UTC."""
    expires: str
    """The last day on which it holds."""
    evidence: str = ""
    """`evidence_hash` of the finding it was approved for, where that is kept."""
    where: str = ""
    """file:line."""


@dataclass(frozen=True, slots=True)
class WaiverUse:
    """A waiver and what it did in this scan."""

    waiver: Waiver
    state: str
    """in force | expiring | expired | unused | not seen."""
    days_left: int
    """Negative where it has expired."""
    hides: tuple[str, ...]
    """Fingerprints of the findings it excuses."""
    falls_under: int
    """Findings that match it, excused or not."""
    renewals: int = 0
    """How often its end was moved, as far as the earlier scans know."""
