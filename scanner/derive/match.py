"""Which declared instance is which actual resource, and what neither side can say.

In: declared instances, actual rows, and what the ledger says was seen. Out: one `Match` a declared
instance and one class an actual resource, so that both sums equal the inputs.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from scanner.catalog import ResourceType, aliases, load
from scanner.catalog.path import fill, getter
from scanner.seen import GLOBAL


class Actual(Protocol):
    """What matching needs of an actual row (collect.rows.Row)."""

    resource: str
    type: str
    id: str
    key: str
    name: str
    arn: str | None
    account: str
    region: str
    origin: str
    parent_type: str
    parent_id: str
    attributes: dict[str, Any]
    tags: dict[str, str] | None
    unread: tuple[str, ...]


class Instance(Protocol):
    """What matching needs of a declared instance (declared.Declared)."""

    source: str
    address: str
    type: str
    provider: str
    deposed: str
    attributes: Mapping[str, Any]

    @property
    def id(self) -> str: ...
    @property
    def arn(self) -> str: ...


class Seen(Protocol):
    """What the ledger knows (scanner.seen.Seen)."""

    def listed(self, type_: str, account: str, region: str, parent: str = "") -> str: ...
    def in_scope(self, account: str, region: str) -> bool: ...


@dataclass
class Match:
    """A declared instance and what became of it."""

    declared: Any
    type: str
    """The catalog's name of the type, or the state's own where the catalog has none."""
    account: str
    region: str
    key: str
    resource: Any | None = None
    status: str = ""
    """in_sync | changed | missing | not_compared | unreadable | out_of_scope | unsupported."""
    reason: str = ""
    parent: str = ""
    """The resource it is part of, where it is known."""

    @property
    def uid(self) -> str:
        """What a finding calls the resource: AWS's, else the declared ARN, else a uid like AWS's."""
        if self.resource is not None:
            return str(self.resource.resource)
        return self.declared.arn or f"{self.account}/{self.region}/{self.type}/{self.key}"


@dataclass
class Matching:
    """All matches, the class of every actual resource, and who is declared where."""

    matches: list[Match] = field(default_factory=list)
    classes: dict[str, str] = field(default_factory=dict)
    by_resource: dict[str, list[Match]] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    """Resource to the resource it is part of or was found through."""
    spoken_for: set[tuple[str, str]] = field(default_factory=set)
    """Type and parent of every child that is declared by itself."""


def match(
    declared: Sequence[Instance],
    actual: Sequence[Actual],
    seen: Seen,
    *,
    complete_sources: bool = True,
) -> Matching:
    """Match both sides on ARN, else on account, region, type and natural key."""
    result = Matching()
    by_arn: dict[tuple[str, str | None], Actual] = {
        (row.type, row.arn): row for row in actual if row.arn and row.origin != "gone"
    }
    by_key: dict[tuple[str, str], list[Actual]] = defaultdict(list)
    for row in actual:
        if row.origin == "gone":
            continue
        by_key[row.type, row.key].append(row)
        if row.id != row.key:
            by_key[row.type, row.id].append(row)
    places = _places(declared)
    for instance in declared:
        made = _one(instance, places, by_arn, by_key)
        result.matches.append(made)
        if made.resource is not None:
            result.by_resource.setdefault(made.resource.resource, []).append(made)
    # a state's id of a parent may be written otherwise than AWS's (queue URLs), so ask the parent's match
    ids = {(m.type, m.declared.id): m.resource for m in result.matches if m.resource is not None}
    for made in result.matches:
        if made.resource is None and not made.status:
            _absent(made, load()[made.type], ids, seen)
    _classify(actual, result, complete_sources)
    return result


def place(instance: Instance, kind: ResourceType | None) -> tuple[str, str]:
    """Account and region that the instance itself names, `` where it does not."""
    account = region = ""
    # where the type has no ARN of its own, `arn` names something else (an event target's target)
    parts = (instance.arn if kind is None or kind.arn else "").split(":")
    if len(parts) > 5:
        account, region = parts[4], parts[3]
    owner = instance.attributes.get("owner_id")
    if not account and isinstance(owner, str) and re.fullmatch(r"\d{12}", owner):
        account = owner
    named = instance.attributes.get("region")
    if isinstance(named, str) and named and kind is not None and kind.scope != "global":
        region = named
    if kind is not None and kind.scope == "global":
        region = GLOBAL
    return account, region


def _places(declared: Iterable[Instance]) -> Mapping[tuple[str, str], tuple[str, str]]:
    """For each provider of each state the account and region its instances agree on."""
    accounts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    regions: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for instance in declared:
        kind = load().get(aliases().get(instance.type, ""))
        account, region = place(instance, kind)
        key = (instance.source, instance.provider)
        if account:
            accounts[key][account] += 1
        if region and region != GLOBAL and (kind is None or kind.scope == "region"):
            regions[key][region] += 1
    return {
        key: (_only(accounts[key]), _only(regions[key])) for key in accounts.keys() | regions.keys()
    }


def _only(counts: Counter[str]) -> str:
    return next(iter(counts)) if len(counts) == 1 else ""


def _one(
    instance: Instance,
    places: Mapping[tuple[str, str], tuple[str, str]],
    by_arn: Mapping[tuple[str, str | None], Actual],
    by_key: Mapping[tuple[str, str], list[Actual]],
) -> Match:
    name = aliases().get(instance.type, "")
    kind = load().get(name)
    account, region = place(instance, kind)
    near = places.get((instance.source, instance.provider), ("", ""))
    account, region = account or near[0], region or near[1]
    made = Match(instance, name or instance.type, account, region, instance.id)
    if kind is None:
        made.status, made.reason = "unsupported", f"watchbill does not collect {instance.type}"
        return made
    if kind.beyond and getter(kind.beyond)(instance.attributes):
        made.status = "unsupported"
        made.reason = f"watchbill does not collect {instance.type} with {kind.beyond}"
        return made
    if kind.declared_key:
        made.key = str(fill(kind.declared_key, instance.attributes) or instance.id)
    found = by_arn.get((name, instance.arn)) if instance.arn else None
    if found is None:
        held = [
            row
            for row in by_key.get((name, made.key), [])
            if (not account or row.account == account)
            and (not region or region == GLOBAL or row.region in (region, GLOBAL))
        ]
        found = held[0] if len({row.resource for row in held}) == 1 else None
        if found is None and held:
            made.status = "unreadable"
            made.reason = "the state does not say which of several resources this is"
            return made
    if found is not None:
        made.resource, made.account, made.region = found, found.account, found.region
    return made


def _absent(
    made: Match, kind: ResourceType, ids: Mapping[tuple[str, str], Actual], seen: Seen
) -> None:
    """Not found: missing only where everything that could hold it was read."""
    if not made.account or not made.region:
        made.status = "out_of_scope"
        made.reason = "the state does not say which account and region this is in"
        return
    if not seen.in_scope(made.account, made.region):
        made.status = "out_of_scope"
        made.reason = f"{made.account} {made.region} was not scanned"
        return
    parent = ""
    if kind.declared_parent:
        named = str(fill(kind.declared_parent, made.declared.attributes) or "")
        # a parent that is not known by this name may be any: then any failure counts
        above = ids.get((kind.container, named))
        if above is not None:
            parent, made.parent = above.id, above.resource
    because = seen.listed(kind.type, made.account, made.region, parent)
    if because:
        made.status, made.reason = "unreadable", because
    else:
        made.status = "missing"


def _classify(actual: Sequence[Actual], result: Matching, complete_sources: bool) -> None:
    by_id = {(row.account, row.region, row.type, row.id): row.resource for row in actual}
    rows = {row.resource: row for row in actual}
    for row in actual:
        if row.parent_type:
            for region in (row.region, GLOBAL):
                found = by_id.get((row.account, region, row.parent_type, row.parent_id))
                if found:
                    result.parents[row.resource] = found
    for row in actual:
        claims = [m for m in result.by_resource.get(row.resource, []) if not m.declared.deposed]
        # the same instance may stand in many rows only through different addresses
        if len({(m.declared.source, m.declared.address) for m in claims}) > 1:
            result.classes[row.resource] = "double_declared"
        elif row.resource in result.by_resource:
            result.classes[row.resource] = "declared"
    result.spoken_for = {
        (m.type, m.parent if m.resource is None else result.parents.get(m.resource.resource, ""))
        for m in result.matches
    }
    for row in actual:
        if row.resource not in result.classes:
            result.classes[row.resource] = _undeclared(row, result, rows, complete_sources)


def _within(row: Actual, kind: ResourceType, parent: str, result: Matching) -> bool:
    """Whether the parent's own declaration names it, and no declared sibling speaks for the parent."""
    if not kind.declared_in or (row.type, parent) in result.spoken_for:
        return False
    find = getter(kind.declared_in)
    claims = result.by_resource.get(parent, [])
    return any(row.name in (find(m.declared.attributes) or ()) for m in claims)


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
    if _within(row, kind, parent, result):
        return "child"
    if parent and not kind.independent:
        above = result.classes.get(parent) or _undeclared(
            rows[parent], result, rows, complete_sources
        )
        if above not in ("declared", "double_declared"):
            # what belongs to an undeclared or default thing is told with that thing
            return "child"
    return "unmanaged" if complete_sources else "unknown"
