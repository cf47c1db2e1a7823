"""What the templates show: findings with all about them said in words, grouped for reading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.model import (
    OPEN,
    SEVERITIES,
    STATUSES,
    Finding,
    Report,
    RuleSummary,
    Severity,
    Status,
)
from scanner.tell import island, story, words
from scanner.tell.difference import Difference, difference
from scanner.tell.digest import NO_OWNER, owner_key, tally
from scanner.tell.encode import compact, indented
from scanner.tell.route import Route, route
from scanner.tell.waiver import block
from scanner.waiver import WaiverUse

LIMIT = 2000
"""Findings that a page tells whole, all of them: 10,000 cost a browser more than half a gigabyte."""
FIRST = 200
"""What it tells whole where there are more; its list has all."""

VALUE = 8000
"""Characters of one evidence value on a page; the rest is counted and whole in findings.json."""

_STATUS_WORDS: Mapping[Status, str] = {
    "new": "new",
    "standing": "standing",
    "unknown": "not known",
    "waived": "waived",
    "gone": "gone",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One evidence column: a short value, or a block of lines."""

    name: str
    value: str
    block: bool


@dataclass(frozen=True, slots=True)
class Item:
    """A finding as a page shows it."""

    anchor: str
    finding: Finding
    status: str
    """The status in words."""
    chip: bool
    """The status is worth a word of its own: in a first scan all is new, so `new` says nothing."""
    owner: str
    owner_key: str
    owner_known: str
    """How the owner is known."""
    owner_sure: str
    """How sure that is, and whether the directory knows the team."""
    roles: tuple[tuple[str, str, str], ...]
    """Role, team and way, of the roles that the owner does not simply have."""
    context: tuple[tuple[str, str], ...]
    """What the resource says of its request."""
    first_seen: str
    age: str
    came: str
    """Between which scans drift came; or empty."""
    history: tuple[str, ...]
    """What became of it before."""
    writes: tuple[str, ...]
    """The last writes that were recorded on it, or why they are not known; of drift."""
    state: str
    """The state that declares it; or empty."""
    serial: int | None
    seen: str
    """The call that lists things of its type; or empty."""
    asked: str
    """When this scan began to ask."""
    place: str
    """The Terraform address, else the resource: what the reader knows it by."""
    route: Route | None
    difference: Difference | None
    evidence: tuple[Evidence, ...]
    fix: str
    block: str
    """What to paste into waivers.yaml, where a waiver could excuse it."""


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """A rule's text once, and its findings."""

    anchor: str
    rule: RuleSummary
    items: tuple[Item, ...]

    @property
    def counts(self) -> str:
        """`3 open, 1 not known, 1 waived`."""
        statuses = [item.finding.status for item in self.items]
        open_ = statuses.count("new") + statuses.count("standing")
        said = [f"{words.number(open_)} open"] if open_ else []
        rest: tuple[Status, ...] = ("unknown", "waived")
        said += [
            f"{words.number(statuses.count(status))} {_STATUS_WORDS[status]}"
            for status in rest
            if status in statuses
        ]
        return ", ".join(said)


@dataclass(frozen=True, slots=True)
class FamilyGroup:
    """The rules of a family that found something."""

    name: str
    title: str
    counts: Mapping[Severity, int]
    rules: tuple[RuleGroup, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """The findings of a page: the families, what is gone, and all of them packed if not all are told."""

    families: tuple[FamilyGroup, ...]
    gone: tuple[Item, ...]
    shown: int
    total: int
    anchors: frozenset[str]
    shards: tuple[str, ...] = ()


def anchor(fingerprint: str) -> str:
    """The id of a finding on its page, of letters and digits whatever the fingerprint holds."""
    return "f-" + re.sub("[^0-9A-Za-z_-]", lambda m: f"_{ord(m.group()):x}_", fingerprint)


def account_pages(report: Report) -> dict[str, str]:
    """The file of each account's page; with one account alone the first page is that."""
    names = {a.id: f"accounts/{owner_key(a.id)}.html" for a in report.accounts}
    return names if len(names) > 1 else {}


def listing(report: Report, findings: Sequence[Finding], names: Iterable[str]) -> Listing:
    """`findings` grouped by family in the order of `names`, then by rule; FIRST of more than LIMIT."""
    order: dict[Status, int] = {status: place for place, status in enumerate(STATUSES)}
    by_need = sorted(findings, key=lambda f: max(1, order[f.status]))
    many = len(by_need) > LIMIT
    items = [item(report, finding) for finding in (by_need[:FIRST] if many else by_need)]
    staying = [entry for entry in items if entry.finding.status != "gone"]
    described = {rule.id: rule for rule in report.rules}
    families = []
    for name in names:
        members = [entry for entry in staying if words.family(entry.finding.rule) == name]
        if members:
            families.append(_family(name, members, described))
    return Listing(
        families=tuple(families),
        gone=tuple(entry for entry in items if entry.finding.status == "gone"),
        shown=len(items),
        total=len(findings),
        anchors=frozenset(entry.anchor for entry in items),
        shards=tuple(island.shards(report, by_need)) if many else (),
    )


def _family(name: str, items: list[Item], described: Mapping[str, RuleSummary]) -> FamilyGroup:
    by_rule: dict[str, list[Item]] = {}
    for entry in items:
        by_rule.setdefault(entry.finding.rule, []).append(entry)
    groups = [
        RuleGroup(
            anchor=f"r-{owner_key(rule)}",
            rule=described.get(rule) or _undescribed(rule, members[0].finding),
            items=tuple(members),
        )
        for rule, members in by_rule.items()
    ]
    worst = {group.anchor: _worst(group.items) for group in groups}
    groups.sort(key=lambda group: (worst[group.anchor], group.rule.id))
    return FamilyGroup(
        name=name,
        title=words.FAMILY_TITLES.get(name, name),
        counts=tally(e.finding for e in items if e.finding.status in OPEN),
        rules=tuple(groups),
    )


def _worst(items: Iterable[Item]) -> int:
    return min(SEVERITIES.index(entry.finding.severity) for entry in items)


def _undescribed(rule: str, finding: Finding) -> RuleSummary:
    return RuleSummary(
        id=rule,
        title=rule,
        severity=finding.severity,
        role="",
        why="",
        fix="",
        population=0,
        findings=0,
        unknown=0,
    )


def item(report: Report, finding: Finding) -> Item:
    """`finding` in words."""
    compared = {"declared", "actual"} <= finding.evidence.keys()
    hidden = {"attribute", "declared", "actual"} if compared else set()
    # said beside the evidence already
    about = {"severity": finding.severity, "state": finding.declared_in}
    hidden |= {name for name, said in about.items() if finding.evidence.get(name) == said}
    shown = {name: v for name, v in sorted(finding.evidence.items()) if name not in hidden}
    return Item(
        anchor=anchor(finding.fingerprint),
        finding=finding,
        status=_STATUS_WORDS[finding.status],
        chip=finding.status not in (("standing",) if report.scan.previous else ("standing", "new")),
        owner=finding.owner.team or NO_OWNER,
        owner_key=owner_key(finding.owner.team),
        owner_known=words.how_known(finding.owner, report.fallback_owner),
        owner_sure=words.how_sure(finding.owner),
        roles=tuple(
            (role, answer.team or NO_OWNER, answer.via)
            for role, answer in sorted(finding.roles.items())
            if answer.own
        ),
        context=tuple(
            (name.replace("_", " "), value) for name, value in sorted(finding.context.items())
        ),
        first_seen=words.moment(finding.first_seen),
        age=words.age(finding.first_seen, report.scan.now),
        came=story.came(finding),
        history=story.lines(finding),
        writes=story.writes(finding),
        state=finding.declared_in if finding.address else "",
        serial=next((s.serial for s in report.sources if s.source == finding.declared_in), None),
        seen=_seen(finding),
        asked=words.moment(report.scan.started),
        place=finding.address or finding.resource,
        route=route(finding),
        difference=_difference(finding) if compared else None,
        evidence=tuple(_evidence(name, value) for name, value in shown.items()),
        fix=finding.fix,
        block=block(finding, report.scan.now) if words.excusable(finding) else "",
    )


def _seen(finding: Finding) -> str:
    """Which call told of it; nothing where this scan did not see, or where no one call lists the type."""
    from scanner.catalog import load

    kind = load().get(finding.type)
    if kind is None or finding.status in ("unknown", "gone"):
        return ""
    return kind.list or (load()[kind.container].list if kind.container else "")


@dataclass(frozen=True, slots=True)
class WaiverItem:
    """A waiver as a page shows it."""

    anchor: str
    use: WaiverUse
    match: tuple[str, ...]
    """All that must hold."""
    days: str
    """`12 days left`, `expired 3 days ago`."""
    hides: tuple[Item, ...]


def waivers(report: Report) -> tuple[WaiverItem, ...]:
    """The waivers of a report in words, the one that ends first before the others."""
    found = {f.fingerprint: f for f in report.findings}
    return tuple(
        WaiverItem(
            anchor=f"w-{owner_key(use.waiver.id)}",
            use=use,
            match=tuple(
                f"{key}: {value if isinstance(value, str) else compact(value)}"
                for key, value in use.waiver.match.items()
            ),
            days=words.days_left(use.days_left),
            hides=tuple(item(report, found[print_]) for print_ in use.hides if print_ in found),
        )
        for use in sorted(report.waivers, key=lambda use: (use.days_left, use.waiver.id))
    )


def _difference(finding: Finding) -> Difference:
    evidence = finding.evidence
    attribute = evidence.get("attribute")
    name = attribute if isinstance(attribute, str) else ""
    return difference(name, evidence["declared"], evidence["actual"])


def _evidence(name: str, value: Any) -> Evidence:
    if isinstance(value, str):
        text = words.clip(value, VALUE) if value else "(empty)"
        return Evidence(name, text, block="\n" in text)
    if isinstance(value, Mapping) or _is_deep(value):
        return Evidence(name, words.clip(indented(value).rstrip(), VALUE), block=True)
    if isinstance(value, Sequence):
        text = "\n".join(e if isinstance(e, str) else compact(e) for e in value) or "(none)"
        return Evidence(name, words.clip(text, VALUE), block="\n" in text)
    if value is None or isinstance(value, bool):
        return Evidence(name, {None: "(none)", True: "yes", False: "no"}[value], block=False)
    return Evidence(name, compact(value), block=False)


def _is_deep(value: Any) -> bool:
    """A list of maps or lists, which one line an element would not show."""
    return isinstance(value, (list, tuple)) and any(isinstance(e, (Mapping, list)) for e in value)
