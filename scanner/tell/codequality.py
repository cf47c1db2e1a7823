"""gl-code-quality-report.json: what is open, as GitLab shows it in a merge request.

The format is GitLab's own: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from scanner.model import OPEN, Report, Severity
from scanner.tell.clean import clean
from scanner.tell.digest import ordered
from scanner.tell.encode import indented
from scanner.tell.places import artifact, states

SEVERITY: Mapping[Severity, str] = {
    "critical": "blocker",
    "high": "critical",
    "medium": "major",
    "low": "minor",
}


def render(report: Report, out: TextIO) -> None:
    """Write the open findings of `report`, an object each; unknown, waived or gone is none."""
    known = states(report)
    out.write(
        indented(
            [
                {
                    "description": clean(f"{finding.says} [{finding.owner.team or 'no owner'}]"),
                    "check_name": clean(finding.rule),
                    "fingerprint": finding.fingerprint,
                    "severity": SEVERITY[finding.severity],
                    "location": {
                        "path": clean(artifact(finding, known)),
                        "lines": {"begin": 1},
                    },
                }
                for finding in ordered(report).findings
                if finding.status in OPEN
            ]
        )
    )
