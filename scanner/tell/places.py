"""The file that a finding is shown at in a code review: its state's name, never a resource's."""

from __future__ import annotations

import re
from collections.abc import Mapping

from scanner.model import Finding, Report


def states(report: Report) -> Mapping[str, str]:
    """Each state that was read, and the name of its file."""
    return {s.source: _basename(s.source) for s in report.sources if s.status in ("ok", "stale")}


def _basename(source: str) -> str:
    path = re.split(r"[?#]", source)[0].replace("\\", "/").rstrip("/")
    name = path.rpartition("/")[2]
    return name if name.strip(".") else "terraform"


def artifact(finding: Finding, known: Mapping[str, str]) -> str:
    """The file a finding points at: its state where that is known; `aws` where nothing declares it."""
    if finding.address is None:
        return "aws"
    state = finding.evidence.get("state", finding.declared_in)
    if isinstance(state, str) and state in known:
        return known[state]
    return next(iter(known.values())) if len(known) == 1 else "terraform"
