"""Which few grants to take away so that most principals can no longer become administrators.

Greedy: the grant that closes the most for whom is left comes first, and so on; where none closes anybody
alone, the one that closes most ways. The smallest set that closes all may be another; finding it takes too
long where there are many.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

EDGES = """
    select p.principal, p.target, p.way, p.documents
    from paths as p where p.gives = 'administrator' order by all
"""
HELD = """
    select
        g.principal, g.document, g.given_by, l.revert, l.address, l.owner
    from grants as g
    -- of what is held through a group, what the group itself holds
    left join grant_ledger as l on l.given_by = g.given_by and l.document = g.document and l.via <> 'group'
    where g.via in ('inline', 'attached', 'group', 'permission_set')
        and g.principal in (select principal from paths where gives = 'administrator')
    order by all
"""
TEAMS = """
    select coalesce(o.team, '(nobody)') as team, count(distinct p.principal) as principals
    from paths as p left join owners as o on o.resource = p.principal
    where p.gives = 'administrator' group by all order by principals desc, team
"""
LEADS_ON = frozenset({"become", "join", "assume", "pass", "carrier"})
WEIGHED = 40
"""Grants that are weighed against each other at a time: those that most of the ways begin with."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One way of a principal, and the documents that it takes, all of them."""

    principal: str
    target: str | None
    """Whom it leads through; None where it ends there."""
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """One grant to take away."""

    given_by: str
    """The inline policy, the attachment, the group's."""
    document: str
    principals: tuple[str, ...]
    """Who can no longer, once it and those before it are away."""
    left: int
    """Who still can."""
    revert: str | None
    address: str | None
    owner: str | None


def edges(rows: Iterable[Mapping[str, Any]]) -> list[Edge]:
    """The ways that `EDGES` gives."""
    return [
        Edge(
            row["principal"], row["target"] if row["way"] in LEADS_ON else None,
            tuple(row["documents"]),
        )
        for row in rows
    ]  # fmt: skip


def cuts(ways: Sequence[Edge], held: Sequence[Mapping[str, Any]], most: int) -> list[Cut]:
    """At most so many, the one that closes most first."""
    given: dict[tuple[str, str], set[str]] = defaultdict(set)
    about: dict[str, Mapping[str, Any]] = {}
    for row in held:
        given[row["principal"], row["document"]].add(row["given_by"])
        about.setdefault(row["given_by"], row)
    away: set[str] = set()
    able = _able(ways, given, away)
    found: list[Cut] = []
    while able and len(found) < most:
        closed = {
            one: able - _able(ways, given, away | {one})
            for one in _weighed(ways, given, away, able)
        }
        if not closed:
            break
        shut = Counter(
            one for way in ways if way.principal in able for one in _shutting(way, given, away)
        )
        best = max(sorted(closed), key=lambda one: (len(closed[one]), shut[one]))
        away.add(best)
        able -= closed[best]
        told = about[best]
        found.append(
            Cut(
                best, told["document"], tuple(sorted(closed[best])), len(able), told["revert"],
                told["address"], told["owner"],
            )
        )  # fmt: skip
    return found


def _shutting(way: Edge, given: Mapping[tuple[str, str], set[str]], away: set[str]) -> set[str]:
    """The grants of which each alone would close a way, or would with those that are away."""
    left = (given.get((way.principal, document), set()) - away for document in way.documents)
    return {one for by in left if len(by) == 1 for one in by}


def _weighed(
    ways: Sequence[Edge],
    given: Mapping[tuple[str, str], set[str]],
    away: set[str],
    able: set[str],
) -> list[str]:
    """The grants that most of those who still can begin with, or that somebody leads through."""
    counts: Counter[str] = Counter()
    through = Counter(way.target for way in ways if way.principal in able)
    for way in ways:
        if way.principal in able:
            for document in way.documents:
                for one in given.get((way.principal, document), set()) - away:
                    counts[one] += 1 + through[way.principal]
    return [one for one, _ in sorted(counts.items(), key=lambda c: (-c[1], c[0]))[:WEIGHED]]


def _able(
    ways: Sequence[Edge], given: Mapping[tuple[str, str], set[str]], away: set[str]
) -> set[str]:
    """Who can still become an administrator without the grants that are away."""
    walkers = {way.principal for way in ways}
    into: dict[str, list[str]] = defaultdict(list)
    front: list[str] = []
    for way in ways:
        held = (given.get((way.principal, document)) for document in way.documents)
        # a document of which nobody knows who gives it stays
        if any(by is not None and by <= away for by in held):
            continue
        if way.target is None or way.target not in walkers:
            front.append(way.principal)  # what it leads to is an administrator
        else:
            into[way.target].append(way.principal)
    able: set[str] = set()
    while front:
        one = front.pop()
        if one not in able:
            able.add(one)
            front += into[one]
    return able
