"""Issues for GitHub and for Jira as Markdown files that are ready to post: one an owner and rule.

The first line is the title (`# ...`), what follows is the text. Nothing is posted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from scanner.model import Finding, Report, RuleSummary
from scanner.tell import words
from scanner.tell.digest import NO_OWNER, Digest, ordered, owner_key
from scanner.tell.markdown import code, escape
from scanner.tell.targets import write_text

LIMITS = {"github": 60_000, "jira": 30_000}
"""Characters of a text; GitHub takes 65,536 and Jira 32,767."""
SUMMARY = 250
"""Characters of a title; Jira takes 255, GitHub 256."""


def write(report: Report, folder: Path) -> list[Path]:
    """Write a file for each host, owner and rule with open findings, and return them."""
    return [
        write_text(folder / host / name, text)
        for host, limit in LIMITS.items()
        for name, text in tickets(report, limit)
    ]


def tickets(report: Report, limit: int) -> Iterator[tuple[str, str]]:
    """(file name, text) of each ticket; a text has at most `limit` characters."""
    rules = {rule.id: rule for rule in report.rules}
    findings = sorted(Digest(ordered(report)).open, key=lambda f: (f.owner.team or "", f.rule))
    for (team, rule), group in groupby(findings, key=lambda f: (f.owner.team or "", f.rule)):
        name = f"{owner_key(team or None)}-{re.sub('[^a-z0-9]+', '-', rule.lower())}.md"
        yield name, _ticket(team, rules.get(rule), list(group), report, limit)


def _ticket(
    team: str, rule: RuleSummary | None, found: list[Finding], report: Report, limit: int
) -> str:
    first = found[0]
    heading = f"{rule.title if rule else first.rule}: {words.plural(len(found), 'resource')}"
    known = words.how_known(first.owner, report.fallback_owner) or "no source"
    lines = [
        f"# {escape(heading, SUMMARY)}",
        "",
        f"For **{escape(team or NO_OWNER, 120)}**, by {escape(known)}. "
        f"Rule {code(first.rule)}, scan {code(report.scan.id)}.",
        "",
    ]
    if rule and rule.why:
        lines += [escape(rule.why.replace("\n", " "), 2000), ""]
    size = sum(map(len, lines)) + 200
    for count, finding in enumerate(found):
        place = code(finding.address or finding.resource, 400)
        since = f"since {finding.first_seen[:10]}, {code(finding.fingerprint)}"
        part = [f"- [ ] {finding.severity}: {escape(finding.says)} ({place}, {since})"]
        if finding.fix:
            fence = "`" * (max((len(run) for run in re.findall("`+", finding.fix)), default=2) + 1)
            fence = fence if len(fence) > 2 else "```"
            part += [f"  {fence}sh", *(f"  {line}" for line in _shown(finding.fix)), f"  {fence}"]
        size += sum(map(len, part)) + len(part)
        if size > limit:
            lines += ["", f"{words.number(len(found) - count)} more are in the report."]
            break
        lines += part
    return "\n".join(lines) + "\n"


def _shown(fix: str) -> list[str]:
    from scanner.tell.clean import clean

    return clean(fix, lines=True).splitlines()
