"""Whether a finished scan lets a pipeline pass, and the words for it."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.errors import GATE_FAILED, INCOMPLETE, PASSED
from scanner.judge.baseline import Baseline
from scanner.model import SEVERITIES, Finding, Report, Severity


@dataclass(frozen=True)
class Verdict:
    """The exit code of the gate, why, and the findings that failed it."""

    exit_code: int
    words: str
    failing: tuple[Finding, ...] = ()
    excused: tuple[Finding, ...] = ()
    """Findings severe enough that the baseline excuses."""


def gate(
    report: Report,
    fail_on: Severity,
    *,
    min_seen: float = 100.0,
    new_only: bool = False,
    baseline: Baseline | None = None,
) -> Verdict:
    """Fail on any open finding at least as severe; else say `incomplete` where too little was seen.

    A failure beats incompleteness: what was found is a fact whatever else was not seen. What is waived
    fails nothing, and neither does what the baseline holds, as long as it is no worse than it was then.
    """
    bar = SEVERITIES.index(fail_on)
    preview = {rule.id for rule in report.rules if rule.preview}
    statuses = ("new",) if new_only else ("new", "standing")
    severe = [
        f
        for f in report.findings
        if f.status in statuses and SEVERITIES.index(f.severity) <= bar and f.rule not in preview
    ]
    excused = tuple(f for f in severe if baseline and baseline.excuses(f, report))
    passed = {f.fingerprint for f in excused}
    failing = tuple(f for f in severe if f.fingerprint not in passed)
    worse = "" if fail_on == "critical" else " or worse"
    beside = _beside(report, bar, excused)
    if failing:
        words = f"gate failed: {_count(len(failing), 'finding')} {fail_on}{worse}{beside}"
        return Verdict(GATE_FAILED, words, failing, excused)
    why_not = incomplete(report, min_seen, bar)
    if why_not:
        return Verdict(INCOMPLETE, f"gate undecided: {why_not}{beside}", (), excused)
    other = "other " if excused else ""
    words = f"gate passed: no {other}finding {fail_on}{worse}{beside}, {report.coverage.percent:g} % seen"
    return Verdict(PASSED, words, (), excused)


def _beside(report: Report, bar: int, excused: tuple[Finding, ...]) -> str:
    """What was severe enough and did not count, in words."""
    waived = sum(
        f.status == "waived" and SEVERITIES.index(f.severity) <= bar for f in report.findings
    )
    parts = [f"{waived} waived"] if waived else []
    parts += [f"{len(excused)} in the baseline"] if excused else []
    return f" ({', '.join(parts)})" if parts else ""


def incomplete(report: Report, min_seen: float, bar: int = len(SEVERITIES)) -> str:
    """`` where enough was seen to say anything, else why not."""
    unread = [s for s in report.sources if s.status not in ("ok", "stale")]
    if unread:
        return f"{_count(len(unread), 'state')} could not be read ({unread[0].source})"
    if report.coverage.percent < min_seen:
        return (
            f"{report.coverage.percent:g} % of what was asked came back whole, "
            f"{min_seen:g} % is wanted"
        )
    unknown = [
        f
        for f in report.findings
        if f.status == "unknown"
        and SEVERITIES.index(f.severity) <= bar
        and not (f.waiver and f.waiver.holds)  # excused whether it is still there or not
    ]
    if unknown and min_seen >= 100:
        return (
            f"{_count(len(unknown), 'finding')} could not be decided ({unknown[0].unknown_because})"
        )
    return ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
