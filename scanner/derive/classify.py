"""The class of every actual resource: declared, or why it is, or is not, somebody's to declare."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from scanner.catalog import ResourceType, load
from scanner.derive.links import belongs_to
from scanner.derive.matching import Actual, Match, Matching, of_state
from scanner.seen import GLOBAL

MADE_BY_OTHERS = ("spawned", "service")


def classify(actual: Sequence[Actual], result: Matching, complete_sources: bool) -> None:
    """Give every row its class and its parent; `complete_sources` is False where a state was not read.

    declared | double_declared | unmanaged | unknown | provider_default | child.
    """
    rows = {row.resource: row for row in actual}
    result.parents = _parents(actual)
    for row in actual:
        claims = [m for m in result.by_resource.get(row.resource, []) if not m.declared.deposed]
        # the same instance may stand in many rows only through different addresses
        if (
            not load()[row.type].shared
            and len({(m.declared.source, m.declared.address) for m in claims}) > 1
        ):
            result.classes[row.resource] = "double_declared"
        elif row.resource in result.by_resource:
            result.classes[row.resource] = "declared"
    result.spoken_for = {
        (m.type, m.parent if m.resource is None else result.parents.get(m.resource.resource, ""))
        for m in result.matches
    }
    result.claimed = _claimed(result.matches)
    for resource, maker in belongs_to(actual, {}).items():
        # what belongs to something another resource made was made with it
        if rows[maker].origin in MADE_BY_OTHERS:
            result.classes.setdefault(resource, "child")
    for row in actual:
        if row.resource not in result.classes:
            result.classes[row.resource] = _undeclared(row, result, rows, complete_sources)


def _parents(actual: Sequence[Actual]) -> dict[str, str]:
    by_id = {(row.account, row.region, row.type, row.id): row.resource for row in actual}
    parents: dict[str, str] = {}
    for row in actual:
        for region in (row.region, GLOBAL) if row.parent_type else ():
            found = by_id.get((row.account, region, row.parent_type, row.parent_id))
            if found:
                parents[row.resource] = found
    return parents


def _claimed(matches: Sequence[Match]) -> set[tuple[str, str]]:
    """What declared instances name as their own: an instance's volumes, an endpoint's interfaces."""
    paths: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for kind in load().values():
        for link in kind.claimed_in:
            paths[link.type].append((kind.type, link.id))
    found: set[tuple[str, str]] = set()
    for made in matches:
        for type_, path in paths.get(made.type, []):
            names = of_state(f"{{{path}}}", made.declared.attributes)
            for name in names if isinstance(names, list) else [names]:
                if isinstance(name, str):
                    found.add((type_, name))
    return found


def _within(row: Actual, kind: ResourceType, parent: str, result: Matching) -> bool:
    """Whether the parent's own declaration names it, and no declared sibling speaks for the parent."""
    if not kind.declared_in or (row.type, parent) in result.spoken_for:
        return False
    path = f"{{{kind.declared_in}}}"
    claims = result.by_resource.get(parent, [])
    named = [of_state(path, m.declared.attributes) for m in claims]
    return any(row.name in names for names in named if isinstance(names, list))


def _undeclared(
    row: Actual, result: Matching, rows: Mapping[str, Actual], complete_sources: bool
) -> str:
    kind = load()[row.type]
    parent = result.parents.get(row.resource, "")
    if row.origin == "default":
        return "provider_default"
    if row.origin == "unread":
        return "unknown"
    beside = kind.beside_declared and (row.type, parent) in result.spoken_for
    if row.origin or (kind.part and not beside):
        return "child"
    if (row.type, row.id) in result.claimed or _within(row, kind, parent, result):
        return "child"
    if parent and not kind.independent:
        above = result.classes.get(parent) or _undeclared(
            rows[parent], result, rows, complete_sources
        )
        if above not in ("declared", "double_declared"):
            # what belongs to an undeclared or default thing is told with that thing
            return "child"
    return "unmanaged" if complete_sources else "unknown"
