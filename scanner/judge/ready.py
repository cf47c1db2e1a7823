"""Whether a group of resources is ready for safe work.

In: a snapshot, what chooses the group, and which aspects are asked for. Out: its cards, and the exit code.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from scanner.errors import GATE_FAILED, INCOMPLETE, PASSED, SettingsError
from scanner.judge.gate import unseen
from scanner.judge.readiness import ASPECTS
from scanner.judge.run import Query, told
from scanner.model import CONTEXT, Report

WORDS = ("type", "account", "region", "address", "state", "team", "name", *CONTEXT)
"""What a resource may be chosen by, beside `tag:KEY`."""

UNREAD = {"team": "unowned", "address": "undeclared", "state": "undeclared"}
"""Which column of _GROUP says that a value which is not there was not read."""

_CARDS = """
select
    c.resource, c.aspect, c.verdict, c.fact,
from readiness as c
"""
_GROUP = """
select
    r.resource, r.type, r.name, r.account, r.region, r.address, r.tags,
    r.taggable and r.tags is null as hidden,
    r.class = 'unknown' as undeclared,
    o.team,
    o.state = 'unread' as unowned,
    (select min(d.source) from declared as d where d.resource = r.resource) as state,
    (
        select map_from_entries(list((x.key, x.value) order by x.key))
        from context as x where x.resource = r.resource
    ) as context,
from resources as r
join (select distinct c.resource from readiness as c) as c on c.resource = r.resource
left join owners as o on o.resource = r.resource
order by r.type, r.name, r.resource
"""


_ABSENT = """
select
    d.type, d.address, d.account, d.region, d.source as state,
    null as team, null as name, null as tags, null as context,
    false as hidden, false as unowned, false as undeclared,
from declared as d
where d.status = 'missing'
"""
"""What a state says is there and is not: of it no more is known than where it is declared."""

_CARD = "select c.aspect, c.verdict, c.fact from readiness as c where c.resource = $resource"


def card(snapshot: Path, resource: str) -> list[tuple[str, tuple[str, str]]]:
    """One resource's card: verdict and fact by aspect; empty where it has none. Raises RuleError."""
    rows = told(snapshot, [Query("card", _CARD, {"resource": resource})])["card"]
    held = {row["aspect"]: (row["verdict"], row["fact"]) for row in rows}
    return [(aspect, held[aspect]) for aspect in ASPECTS if aspect in held]


@dataclass(frozen=True)
class Condition:
    """One condition of a selection: a key and the pattern that its value must match."""

    key: str
    pattern: str

    @property
    def tag(self) -> str:
        """The tag it is about, or ``."""
        return self.key.removeprefix("tag:") if self.key.startswith("tag:") else ""

    def fits(self, row: Mapping[str, Any]) -> bool | None:
        """Whether a resource fits; None where its tags, owner or declaration were not read."""
        if self.tag:
            if row["hidden"]:
                return None
            found = (row["tags"] or {}).get(self.tag)
        elif self.key in CONTEXT:
            found = (row["context"] or {}).get(self.key)
            if found is None and row["hidden"]:
                return None
        else:
            found = row[self.key]
            if found is None and self.key in UNREAD and row[UNREAD[self.key]]:
                return None
        return found is not None and fnmatchcase(str(found), self.pattern)


def condition(text: str) -> Condition:
    """`tag:service=ledger`, `type=aws_db_*`, `environment=prod`. Raises SettingsError."""
    key, equals, pattern = text.partition("=")
    key = key.strip()
    known = key.startswith("tag:") and len(key) > len("tag:")
    if not equals or not pattern.strip() or not (known or key in WORDS):
        raise SettingsError(
            f"--select {text}: not a condition",
            hint=f"write it as tag:KEY=VALUE, or with one of {', '.join(WORDS)}; * stands for anything",
        )
    return Condition(key, pattern.strip())


@dataclass(frozen=True)
class Card:
    """One resource of the group."""

    resource: str
    type: str
    name: str
    lines: Mapping[str, tuple[str, str]]
    """Verdict and fact by aspect."""


@dataclass(frozen=True)
class Readiness:
    """The group, and whether it is ready."""

    exit_code: int
    words: str
    cards: tuple[Card, ...]
    hidden: int
    """Resources that may belong to the group: what they would be chosen by was not read."""


def ready(
    snapshot: Path,
    report: Report,
    conditions: Sequence[Condition],
    missing: Sequence[str],
    min_seen: float,
) -> Readiness:
    """The cards of what fits every condition; `missing` are the aspects that must be so.

    Raises RuleError where the snapshot cannot tell them.
    """
    answers = told(
        snapshot, [Query("cards", _CARDS), Query("group", _GROUP), Query("absent", _ABSENT)]
    )
    lines: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for row in answers["cards"]:
        lines[row["resource"]][row["aspect"]] = row["verdict"], row["fact"]
    chosen: list[Card] = []
    hidden = 0
    for row in answers["group"]:
        verdicts = [one.fits(row) for one in conditions]
        if all(verdicts):
            held = {aspect: lines[row["resource"]][aspect] for aspect in ASPECTS}
            chosen.append(Card(row["resource"], row["type"], row["name"], held))
        elif False not in verdicts:
            hidden += 1
    absent = 0
    if "declared" in missing:
        absent = sum(all(one.fits(row) for one in conditions) for row in answers["absent"])
    gap = unseen(report, min_seen) if missing else ""
    return _judged(tuple(chosen), hidden, missing, gap, absent)


def _judged(
    cards: tuple[Card, ...], hidden: int, missing: Sequence[str], gap: str, absent: int = 0
) -> Readiness:
    def of(verdict: str) -> list[str]:
        return [a for card in cards for a in missing if card.lines[a][0] == verdict]

    lacking, open_ = of("no"), of("unknown")
    size = f"{len(cards)} resource{'' if len(cards) == 1 else 's'}"
    if lacking or absent:
        told = ", ".join(f"{lacking.count(a)} not {a}" for a in missing if a in lacking)
        gone = f"{absent} more declared and not there" if absent else ""
        says = f"of {size} {told}" if told else size
        return Readiness(
            GATE_FAILED, f"not ready: {', '.join(filter(None, (says, gone)))}", cards, hidden
        )
    more = f"what {hidden} others would be chosen by was not read" if hidden else ""
    if not cards:
        says = "undecided: nothing that was seen is chosen" + (f", but {more}" if more else "")
        return Readiness(INCOMPLETE, says, cards, hidden)
    if open_:
        told = ", ".join(f"{open_.count(a)} perhaps not {a}" for a in missing if a in open_)
        return Readiness(INCOMPLETE, f"undecided: of {size} {told}", cards, hidden)
    if missing and (more or gap):
        says = f"undecided: {size} ready, but {gap or more}"
        return Readiness(INCOMPLETE, says, cards, hidden)
    if not missing:
        return Readiness(PASSED, f"{size}; {more}" if more else size, cards, hidden)
    # a resource of which nothing is asked is no resource that was found ready
    idle = [(a, sum(card.lines[a][0] == "none" for card in cards)) for a in missing]
    told = ", ".join(f"nothing is asked of {many} in {a}" for a, many in idle if many)
    says = f"{size} ready in {', '.join(missing)}" + (f" ({told})" if told else "")
    return Readiness(PASSED, says, cards, hidden)
