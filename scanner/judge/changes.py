"""What changed from one report to another, by fingerprint."""

from __future__ import annotations

from scanner.model import OPEN, Finding, Report


def changes(before: Report, after: Report) -> dict[str, tuple[Finding, ...]]:
    """Findings that came, went, or cannot be said to have gone, in the order of their report."""
    then = {f.fingerprint: f for f in before.findings if f.status in OPEN}
    now = {f.fingerprint: f for f in after.findings if f.status in OPEN}
    unknown = {f.fingerprint for f in after.findings if f.status == "unknown"}
    return {
        "came": tuple(f for key, f in now.items() if key not in then),
        "went": tuple(f for key, f in then.items() if key not in now and key not in unknown),
        "could not be looked at": tuple(f for key, f in then.items() if key in unknown),
    }
