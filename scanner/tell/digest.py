"""A report boiled down to what every renderer says first: the verdict, the tallies, the owners."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from scanner.model import (
    ACTUAL_COUNTS,
    DECLARED_COUNTS,
    FAMILIES,
    OPEN,
    SEVERITIES,
    Counts,
    Finding,
    Report,
    Routing,
    Severity,
    routable,
)
from scanner.tell import words
from scanner.tell.clean import mixes_alphabets
from scanner.tell.encode import compact
from scanner.timeline import overdue
from scanner.waiver import Waiver

NO_OWNER = "no owner"
"""What stands where a team's name would."""

_RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}


def ordered(report: Report) -> Report:
    """The same report: findings by severity, rule, resource, evidence; counts in their order."""
    counts = Counts(
        declared=in_order(report.counts.declared, DECLARED_COUNTS),
        actual=in_order(report.counts.actual, ACTUAL_COUNTS),
    )
    return replace(report, findings=tuple(sorted(report.findings, key=_place)), counts=counts)


def in_order(counts: Mapping[str, int], names: tuple[str, ...]) -> dict[str, int]:
    """`counts` in the order of `names`, what is not named last and by name."""
    known = {name: counts[name] for name in names if name in counts}
    return known | {name: counts[name] for name in sorted(counts) if name not in known}


def _place(finding: Finding) -> tuple[int, str, str, str, str]:
    rank, evidence = _RANK[finding.severity], compact(finding.evidence)
    return rank, finding.rule, finding.resource, evidence, finding.fingerprint


def owner_key(team: str | None) -> str:
    """A name for files and addresses: `payments-1f2e3d4c`, never the team's own text."""
    slug = re.sub("[^a-z0-9]+", "-", (team or "").lower()).strip("-")[:40].strip("-")
    digest = hashlib.sha256(f"team {team}".encode("utf-8", "surrogatepass") if team else b"none")
    return f"{slug or ('team' if team else 'no-owner')}-{digest.hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class OwnerTally:
    """What waits for one owner."""

    key: str
    team: str | None
    counts: Mapping[Severity, int]
    """Open findings, by severity."""
    total: int
    new: int
    undecided: int
    fallback: int
    """Open findings that came here only because nobody else is known."""
    overdue: int
    """Open findings that are open for longer than the settings allow."""
    look_alike: bool
    """The name mixes alphabets, so it may not be the one it looks like."""

    @property
    def label(self) -> str:
        return self.team or NO_OWNER


@dataclass(frozen=True)
class Digest:
    """A report and what follows from it; findings are taken in the order they come."""

    report: Report

    def _with(self, *statuses: str) -> tuple[Finding, ...]:
        return tuple(f for f in self.report.findings if f.status in statuses)

    @cached_property
    def open(self) -> tuple[Finding, ...]:
        """New and standing: what somebody must act on."""
        return self._with(*OPEN)

    @cached_property
    def new(self) -> tuple[Finding, ...]:
        """What the scan before did not have; none where there was no scan before."""
        return self._with("new") if self.report.scan.previous else ()

    @cached_property
    def undecided(self) -> tuple[Finding, ...]:
        return self._with("unknown")

    @cached_property
    def waived(self) -> tuple[Finding, ...]:
        return self._with("waived")

    @cached_property
    def lapsed(self) -> tuple[Finding, ...]:
        """Open findings whose waiver holds no longer."""
        return tuple(f for f in self.open if f.waiver and not f.waiver.holds)

    @cached_property
    def gone(self) -> tuple[Finding, ...]:
        return self._with("gone")

    @cached_property
    def lost(self) -> tuple[tuple[str, int], ...]:
        """How many calls did not come back whole, by what became of them, the most first."""
        counts: Counter[str] = Counter()
        for gap in self.report.coverage.gaps:
            counts[gap.status] += gap.count
        return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))

    @cached_property
    def ending(self) -> Waiver | None:
        """The waiver that holds and ends first."""
        use = min(
            (u for u in self.report.waivers if u.state != "expired"),
            key=lambda u: (u.waiver.expires, u.waiver.id),
            default=None,
        )
        return use.waiver if use else None

    @cached_property
    def silent(self) -> tuple[Finding, ...]:
        """Open findings of the watch family: things that would fail unheard."""
        return tuple(f for f in self.open if words.family(f.rule) == "watch")

    @cached_property
    def severities(self) -> Mapping[Severity, int]:
        return tally(self.open)

    @cached_property
    def families(self) -> tuple[tuple[str, Mapping[Severity, int]], ...]:
        """Each family with its open findings by severity, the known families first."""
        present = {words.family(f.rule) for f in self.report.findings}
        present |= {words.family(rule.id) for rule in self.report.rules}
        names = [*FAMILIES, *sorted(present - set(FAMILIES))]
        return tuple(
            (name, tally(f for f in self.open if words.family(f.rule) == name))
            for name in names
            if name in present
        )

    @cached_property
    def by_team(self) -> Mapping[str | None, list[Finding]]:
        """All findings, gone ones too, by the team that gets them."""
        teams: dict[str | None, list[Finding]] = defaultdict(list)
        for finding in self.report.findings:
            teams[finding.owner.team or None].append(finding)
        return teams

    @cached_property
    def by_account(self) -> Mapping[str, list[Finding]]:
        """All findings, gone ones too, by their account."""
        accounts: dict[str, list[Finding]] = defaultdict(list)
        for finding in self.report.findings:
            accounts[finding.account].append(finding)
        return accounts

    @cached_property
    def owners(self) -> tuple[OwnerTally, ...]:
        """Every owner of a finding that still matters, the worst off first."""
        staying = (
            (team, [f for f in findings if f.status != "gone"])
            for team, findings in self.by_team.items()
        )
        tallies = (self._owner(team, findings) for team, findings in staying if findings)
        return tuple(
            sorted(tallies, key=lambda o: ([-o.counts[s] for s in SEVERITIES], o.team or "", o.key))
        )

    def _owner(self, team: str | None, findings: list[Finding]) -> OwnerTally:
        open_ = [f for f in findings if f.status in OPEN]
        return OwnerTally(
            key=owner_key(team),
            team=team,
            counts=tally(open_),
            total=len(open_),
            new=sum(f.status == "new" for f in open_) if self.report.scan.previous else 0,
            undecided=sum(f.status == "unknown" for f in findings),
            fallback=sum(not routable(f.owner) for f in open_) if team else 0,
            overdue=sum(map(self.overdue, open_)),
            look_alike=mixes_alphabets(team or ""),
        )

    def overdue(self, finding: Finding) -> bool:
        """Whether it is open for longer than the settings allow for its severity."""
        limit = self.report.overdue_days.get(finding.severity)
        late = overdue(finding.first_seen, self.report.scan.now, limit)
        return late and finding.status in OPEN

    @cached_property
    def late(self) -> tuple[Finding, ...]:
        """Open findings that are overdue."""
        return tuple(filter(self.overdue, self.open))

    @cached_property
    def routing(self) -> Routing:
        """How many open findings reach somebody who answers for them."""
        return Routing.of(self.report.findings)

    @cached_property
    def unread_sources(self) -> int:
        return sum(source.status not in ("ok", "stale") for source in self.report.sources)

    @cached_property
    def blind_rules(self) -> int:
        return sum(bool(rule.blind) for rule in self.report.rules)

    @property
    def whole(self) -> bool:
        """Everything that was asked came back, and every rule could be decided everywhere."""
        coverage = self.report.coverage
        return (
            coverage.asked > 0
            and coverage.percent >= 100
            and not (self.undecided or self.unread_sources or self.blind_rules)
        )

    @cached_property
    def verdict(self) -> str:
        """The whole report in one sentence."""
        found = self._found()
        if self.whole:
            return f"{found}, and everything that was asked of AWS came back."
        after = "there may be more" if self.open else "this is not a clean bill"
        return f"{found}, but {self.unseen}: {after}."

    def _found(self) -> str:
        if not self.open:
            return "Nothing was found that needs someone"
        parts = [f"{words.number(n)} {s}" for s, n in self.severities.items() if n]
        need = "needs" if len(self.open) == 1 else "need"
        found = f"{words.plural(len(self.open), 'finding')} {need} someone"
        new = f", {words.number(len(self.new))} of them new" if self.report.scan.previous else ""
        return f"{found} ({', '.join(parts)}){new}"

    @cached_property
    def unseen(self) -> str:
        """What was not seen, as the middle of a sentence; empty where the report is whole."""
        coverage = self.report.coverage
        said = []
        if not coverage.asked:
            said.append("nothing was asked of AWS")
        elif coverage.percent < 100:
            said.append(f"only {words.seen(coverage)} of what was asked came back")
        if self.unread_sources:
            said.append(f"{words.plural(self.unread_sources, 'state')} could not be read")
        if self.undecided:
            said.append(f"{words.plural(len(self.undecided), 'finding')} could not be decided")
        elif self.blind_rules:
            said.append(f"{words.plural(self.blind_rules, 'rule')} could not be decided everywhere")
        return words.listed(said)


def tally(findings: Iterable[Finding]) -> Mapping[Severity, int]:
    """How many, by severity; every severity is there."""
    counts = Counter(finding.severity for finding in findings)
    return {severity: counts[severity] for severity in SEVERITIES}
