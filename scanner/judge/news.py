"""What there is to tell each owner since they were last told: one `News` an owner."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from scanner.model import OPEN, SEVERITIES, Finding, Report, Severity
from scanner.timeline import overdue

KINDS = ("first seen", "worse", "overdue", "fixed")


@dataclass
class News:
    """What one owner is told."""

    team: str | None
    """None: what nobody gets."""
    told: dict[str, list[Finding]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    open: int = 0
    """Everything that is open for them, told before or not."""
    overdue: int = 0
    fallback: int = 0
    """How many of the open ones came only because nobody answers."""

    @property
    def empty(self) -> bool:
        """Nothing happened that they have not been told."""
        return not any(self.told.values())


def news(
    report: Report,
    before_of: Callable[[str | None], Report | None],
    overdue_days: Mapping[Severity, int],
) -> list[News]:
    """The news of every owner. `before_of` gives the report by which an owner was last told, if any."""
    found: dict[str | None, News] = {}
    by_team: dict[str | None, list[Finding]] = {}
    for finding in report.findings:
        by_team.setdefault(finding.owner.team or None, []).append(finding)
    for team, findings in by_team.items():
        found[team] = _of(team, findings, report, before_of(team), overdue_days)
    return [found[team] for team in sorted(found, key=lambda name: (name is None, name or ""))]


def _of(
    team: str | None,
    findings: Iterable[Finding],
    report: Report,
    before: Report | None,
    overdue_days: Mapping[Severity, int],
) -> News:
    made = News(team)
    held = {f.fingerprint: f for f in before.findings} if before else {}
    for finding in findings:
        then = held.get(finding.fingerprint)
        was_open = then is not None and then.status in OPEN
        if finding.status == "gone":
            if was_open or (before is not None and before.scan.id == report.scan.previous):
                made.told["fixed"].append(finding)
            continue
        if finding.status not in OPEN:
            continue  # not known and waived are neither news nor fixed
        made.open += 1
        made.fallback += finding.owner.source == "fallback"
        late = _overdue(finding, report.scan.now, overdue_days)
        made.overdue += late
        if not was_open and (then is None or then.status != "unknown"):
            made.told["first seen"].append(finding)
        elif then is not None and _rank(finding) < _rank(then):
            made.told["worse"].append(finding)
        elif late and not (before and _overdue(finding, before.scan.now, overdue_days)):
            made.told["overdue"].append(finding)
    return made


def _rank(finding: Finding) -> int:
    return SEVERITIES.index(finding.severity)


def _overdue(finding: Finding, now: str, days: Mapping[Severity, int]) -> bool:
    return overdue(finding.first_seen, now, days.get(finding.severity))
