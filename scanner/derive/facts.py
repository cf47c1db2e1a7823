"""All derived facts of a scan, made in their fixed order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.derive.alarms import Cover, covers
from scanner.derive.compare import Comparison, compare
from scanner.derive.effects import Judged, effect
from scanner.derive.expiry import Expiry, expiries
from scanner.derive.grants import Grant, Trust, grants, trusts
from scanner.derive.links import belongs_to
from scanner.derive.match import match
from scanner.derive.matching import Matching
from scanner.derive.owners import Owned, declared_owner, owners
from scanner.errors import ScanInvalid
from scanner.seen import Seen
from scanner.settings import Settings


@dataclass
class Facts:
    """Everything `derive` makes."""

    matching: Matching
    comparisons: Sequence[tuple[Comparison, Judged]]
    not_compared: Mapping[str, int]
    parents: Mapping[str, str]
    owners: Sequence[Owned]
    expiries: Sequence[Expiry]
    covers: Sequence[Cover]
    grants: Sequence[Grant]
    trusts: Sequence[Trust]
    types: Mapping[str, str]
    """Resource to type, for every actual resource."""


def derive(
    declared: Sequence[Any],
    rows: Sequence[Any],
    seen: Seen,
    settings: Settings,
    hide: Callable[[str], str],
    *,
    states_whole: bool,
) -> Facts:
    """Match, compare, find owners, and see what the alarms and policies reach.

    Raises ScanInvalid where the sums do not match the inputs.
    """
    matching = match(declared, rows, seen, complete_sources=states_whole)
    compared, left_out = compare(matching.matches, hide, settings.ignored_tags)
    parents = belongs_to(rows, matching.parents)
    answers = owners(rows, parents, settings.owner_tags)
    answers += _of_missing(matching, answers, settings)
    facts = Facts(
        matching=matching,
        comparisons=[
            (c, effect(c.type, c.attribute, c.declared, c.actual, settings.owner_tags))
            for c in compared
        ],
        not_compared=left_out,
        parents=parents,
        owners=answers,
        expiries=expiries(rows, settings.expiry_tags),
        covers=covers(rows),
        grants=grants(rows, matching.parents),
        trusts=trusts(rows),
        types={row.resource: row.type for row in rows},
    )
    _sums(declared, rows, facts)
    return facts


def _of_missing(matching: Matching, known: Sequence[Owned], settings: Settings) -> list[Owned]:
    """Owners of what is declared but not there: by its declared tags, else by its parent."""
    by_resource = {owned.resource: owned for owned in known}
    found: dict[str, Owned] = {}
    for made in matching.matches:
        if made.resource is not None or made.status != "missing":
            continue
        own = declared_owner(made.uid, made.declared.attributes, settings.owner_tags)
        above = by_resource.get(made.parent)
        if own.team is None and above is not None and above.team:
            own = Owned(made.uid, above.team, f"{above.via} of {made.parent}", "inherited")
        found.setdefault(made.uid, own)
    return list(found.values())


def _sums(declared: Sequence[Any], rows: Sequence[Any], facts: Facts) -> None:
    """Every declared instance in one status, every actual resource in one class; nothing lost."""
    statuses = [m.status for m in facts.matching.matches]
    resources = {row.resource for row in rows}
    if len(statuses) != len(declared) or not all(statuses):
        raise ScanInvalid(f"{len(declared)} instances were declared, {len(statuses)} have a status")
    if resources != facts.matching.classes.keys():
        raise ScanInvalid(
            f"{len(resources)} resources were seen, {len(facts.matching.classes)} have a class"
        )
