"""Whether a finished scan lets a pipeline pass, and the words for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from scanner.errors import GATE_FAILED, INCOMPLETE, PASSED
from scanner.judge.baseline import Baseline
from scanner.model import OPEN, SEVERITIES, Finding, Report, Severity
from scanner.seen import GLOBAL
from scanner.settings import Settings

NEVER = "never"
"""Instead of a severity: this rule fails no gate."""
ALL = "all"
"""The budget of everything that is open."""


@dataclass(frozen=True)
class Bar:
    """What lets a finding, or a number of them, fail a pipeline."""

    fail_on: Severity | None = None
    """A finding this severe, or worse; None: only the two below count."""
    rules: Mapping[str, str] = field(default_factory=dict)
    """Rule or family to a severity of its own, or `never`; a rule's own line beats its family's."""
    at_most: Mapping[str, int] = field(default_factory=dict)
    """Rule, family, severity or `all` to how many findings may be open."""
    min_seen: float = 100.0
    """Percentage of what was asked that has to have come back whole."""

    @classmethod
    def of(cls, settings: Settings) -> Bar:
        """The bar of settings, whose names judge.choose looks at."""
        return cls(settings.fail_on, settings.fail_on_rules, settings.at_most, settings.min_seen)

    def __bool__(self) -> bool:
        """Whether anything can fail by it."""
        return bool(self.fail_on or self.rules or self.at_most)

    def reached(self, finding: Finding) -> bool:
        """Whether the finding is severe enough to fail."""
        family = finding.rule.partition("/")[0]
        bar = self.rules.get(finding.rule, self.rules.get(family, self.fail_on or NEVER))
        return bar != NEVER and SEVERITIES.index(finding.severity) <= SEVERITIES.index(bar)


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
    bar: Bar,
    *,
    new_only: bool = False,
    since: Report | None = None,
    baseline: Baseline | None = None,
) -> Verdict:
    """Fail on open findings that reach the bar, else say `incomplete` where too little was seen.

    A failure beats incompleteness: what was found is a fact whatever else was not seen. What is waived
    fails nothing, and neither do a preview rule's findings, nor what the baseline holds, as long as it is
    no worse than it was then. With `since`, only findings which that scan did not have fail by their
    severity, and what it saw has to be seen again; what it could not have had, because it did not look
    there or had no such rule, is not known to be new. Neither is anything with `new_only` in a first scan,
    unless a baseline tells what was there before. Budgets count all that is open.
    """
    preview = {rule.id for rule in report.rules if rule.preview}
    told = [f for f in report.findings if f.rule not in preview]
    standing = [f for f in told if f.status in OPEN]
    known = {f.fingerprint for f in standing if baseline and baseline.excuses(f, report)}
    severe, doubt = [f for f in standing if bar.reached(f)], ""
    excused = tuple(f for f in severe if f.fingerprint in known)
    failing = tuple(f for f in severe if f.fingerprint not in known)
    if since is not None:
        before = {f.fingerprint for f in since.findings if f.status != "gone"}
        excused, failing = (
            tuple(f for f in some if f.fingerprint not in before) for some in (excused, failing)
        )
        doubtful = {f.fingerprint: why for f in failing if (why := _not_looked_for(f, since))}
        failing = tuple(f for f in failing if f.fingerprint not in doubtful)
        doubt = _doubt(bar, since, doubtful)
    elif new_only and report.scan.previous is None and baseline is None:
        if failing:
            doubt = (
                f"{_count(len(failing), 'finding')}{_sort(bar)}, and no earlier scan that tells which "
                "are new: give --since a scan, or the findings.json of one"
            )
        failing = ()
    elif new_only:
        excused, failing = (tuple(f for f in s if f.status == "new") for s in (excused, failing))
    counted = [f for f in standing if f.fingerprint not in known]
    over = list(_over(bar.at_most, counted))
    beside = _beside(sum(f.status == "waived" and bar.reached(f) for f in told), len(excused))
    sort = _sort(bar)
    if failing or over:
        parts = [_count(len(failing), "finding") + sort] if failing else []
        parts += [f"{n} open of {name}, at most {most} may be" for name, n, most in over]
        return Verdict(GATE_FAILED, f"gate failed: {'; '.join(parts)}{beside}", failing, excused)
    why_not = (
        _incomplete(report, bar, told)
        or _lost(report, since)
        or doubt
        or _open_budget(bar, told, counted)
    )
    if why_not:
        return Verdict(INCOMPLETE, f"gate undecided: {why_not}{beside}", (), excused)
    other = "other " if excused else ""
    words = f"gate passed: no {other}finding{sort}{beside}, {report.coverage.percent:g} % seen"
    return Verdict(PASSED, words, (), excused)


def _sort(bar: Bar) -> str:
    """Which findings fail, in words: ` high or worse`."""
    if bar.fail_on is None:
        return " that it counts"
    return f" {bar.fail_on}" + ("" if bar.fail_on == "critical" else " or worse")


def _names(finding: Finding) -> tuple[str, ...]:
    return (ALL, finding.severity, finding.rule.partition("/")[0], finding.rule)


def _over(
    at_most: Mapping[str, int], findings: Iterable[Finding]
) -> Iterator[tuple[str, int, int]]:
    """The budgets that are overdrawn: name, how many are open, how many may be."""
    counts = Counter(name for finding in findings for name in _names(finding))
    return ((name, counts[name], most) for name, most in at_most.items() if counts[name] > most)


def _beside(waived: int, excused: int) -> str:
    """What was severe enough and did not count, in words."""
    parts = [f"{waived} waived"] if waived else []
    parts += [f"{excused} in the baseline"] if excused else []
    return f" ({', '.join(parts)})" if parts else ""


def unseen(report: Report, min_seen: float) -> str:
    """`` where the states and enough of what was asked came back, else what did not."""
    unread = [s for s in report.sources if s.status not in ("ok", "stale")]
    if unread:
        return f"{_count(len(unread), 'state')} could not be read ({unread[0].source})"
    if report.coverage.percent < min_seen:
        return f"{report.coverage.percent:g} % of what was asked came back whole, {min_seen:g} % is wanted"
    return ""


def _incomplete(report: Report, bar: Bar, told: Iterable[Finding]) -> str:
    """`` where enough was seen to say anything, else why not."""
    why_not = unseen(report, bar.min_seen)
    if why_not:
        return why_not
    unknown = [f for f in told if _undecided(f) and bar.reached(f)]
    if unknown and bar.min_seen >= 100:
        return (
            f"{_count(len(unknown), 'finding')} could not be decided ({unknown[0].unknown_because})"
        )
    return ""


def _undecided(finding: Finding) -> bool:
    # what is excused is so whether it is still there or not
    return finding.status == "unknown" and not (finding.waiver and finding.waiver.holds)


def _lost(report: Report, since: Report | None) -> str:
    """`` where all that `since` saw was seen again, else what was not."""
    if since is None:
        return ""
    before = {(g.account, g.region, g.service, g.operation) for g in since.coverage.gaps}
    lost = [
        g
        for g in report.coverage.gaps
        if (g.account, g.region, g.service, g.operation) not in before
    ]
    if not lost:
        return ""
    first = f"{lost[0].service} {lost[0].operation} in {lost[0].account} {lost[0].region}: {lost[0].status}"
    return f"{_count(len(lost), 'thing')} that scan {since.scan.id} saw could not be seen ({first})"


def _not_looked_for(finding: Finding, since: Report) -> str:
    """`` where a scan would have had a finding if it had been there, else why not."""
    rule = next((rule for rule in since.rules if rule.id == finding.rule), None)
    if since.rules and rule is None:
        return f"had no rule {finding.rule}"
    if since.scan.accounts and finding.account not in ("", *since.scan.accounts):
        return f"did not look into account {finding.account}"
    if since.scan.regions and finding.region not in ("", GLOBAL, *since.scan.regions):
        return f"did not look into {finding.region}"
    place = f"{finding.account} {finding.region}:"
    blind = next((why for why in rule.blind if why.startswith(place)), "") if rule else ""
    return f"could not decide {finding.rule} in {blind}" if blind else ""


def _doubt(bar: Bar, since: Report, doubtful: Mapping[str, str]) -> str:
    """`` where it is known of each finding whether a scan had it, else the first reason why not."""
    if not doubtful:
        return ""
    first = next(iter(doubtful.values()))
    found = _count(len(doubtful), "finding")
    return f"{found}{_sort(bar)} may be new or not: scan {since.scan.id} {first}"


def _open_budget(bar: Bar, told: Iterable[Finding], counted: list[Finding]) -> str:
    """`` where no undecided finding could overdraw a budget, else which could."""
    could = next(iter(_over(bar.at_most, [*counted, *(f for f in told if _undecided(f))])), None)
    if could is None or bar.min_seen < 100:
        return ""
    name, number, most = could
    return f"up to {number} of {name} may be open, at most {most} may be, and some could not be decided"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
