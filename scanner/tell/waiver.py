"""The block of waivers.yaml that would excuse a finding, for whoever decides that it may stay.

What only people know is left empty, and a file with an empty line in it is refused: nothing is excused by
pasting alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, timedelta

from scanner.model import Finding

DAYS = 30
"""For how long, unless somebody says otherwise."""
_PLAIN = re.compile(r"[ -~]*")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def block(finding: Finding, now: str, given: Mapping[str, str] | None = None) -> str:
    """A waiver of this one finding as YAML; `given` fills its lines in."""
    today = date.fromisoformat(now[:10])
    values = {
        "id": f"{finding.rule.rpartition('/')[2]}-{finding.fingerprint[:8]}",
        "category": "accepted-risk",
        "owner": finding.owner.team or "",
        "requested_by": "",
        "approved_by": "",
        "ticket": "",
        "reason": "",
        "created": today.isoformat(),
        "expires": (today + timedelta(days=DAYS)).isoformat(),
        **(given or {}),
    }
    match = {
        "arn": finding.resource,
        "account": finding.account,
        "fingerprint": finding.fingerprint,
    }
    lines = [
        f"- id: {quoted(values.pop('id'))}",
        f"  rule: {quoted(finding.rule)}",
        "  match:",
        *(f"    {key}: {quoted(value)}" for key, value in match.items() if value),
        *(f"  {key}: {quoted(value)}" for key, value in values.items()),
        *([f"  evidence: {quoted(finding.evidence_hash)}"] if finding.evidence_hash else []),
    ]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """A text as one YAML scalar that reads back the same, whatever is in it."""
    if _DAY.fullmatch(text):
        return text
    if _PLAIN.fullmatch(text):
        return json.dumps(text)
    import yaml

    return str(yaml.safe_dump(text, default_style='"', width=float("inf"))).rstrip("\n")
