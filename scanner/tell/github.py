"""Findings as annotations of a GitHub workflow: workflow commands, a line each.

The commands and their escapes: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from scanner.model import Finding, Severity
from scanner.tell.clean import clean

LIMIT = 10
"""Annotations of a kind that GitHub shows for a step."""
KIND: Mapping[Severity, str] = {
    "critical": "error",
    "high": "error",
    "medium": "warning",
    "low": "notice",
}
_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def annotate(findings: Sequence[Finding], words: str, *, failed: bool) -> Iterator[str]:
    """Workflow commands: the worst findings, so many of a kind as are shown, then the verdict in words."""
    left = dict.fromkeys(KIND.values(), LIMIT)
    left["error"] -= 1  # the verdict's own
    for finding in findings:
        kind = KIND[finding.severity]
        if left[kind] > 0:
            left[kind] -= 1
            text = f"{finding.says} ({finding.owner.team or 'no owner'}, {finding.fingerprint})"
            yield command(kind, f"{finding.severity}: {finding.rule}", text)
    yield command("error" if failed else "notice", "watchbill", words)


def command(kind: str, title: str, text: str) -> str:
    """One workflow command; nothing in its texts can begin another one."""
    return f"::{kind} title={clean(title).translate(_PROPERTY)}::{clean(text).translate(_MESSAGE)}"
