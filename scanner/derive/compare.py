"""What AWS has against what was declared, attribute by attribute.

Only what is declared non-null and listed in the type's table is compared; the rest is counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec

from scanner.catalog import Attribute, ResourceType, aliases, load
from scanner.catalog.kinds import PLAIN
from scanner.catalog.path import getter, words
from scanner.catalog.shape import differs, wish
from scanner.derive.matching import Match, of_state
from scanner.derive.rules_union import group_rules, rules_differ
from scanner.secrets import hidden

SENSITIVE, DIFFERS = "sensitive", "sensitive, differs"
EVERY_TAG = frozenset({"tags", "tags_all"})
UNCOMPARED = frozenset(
    {"id", "arn", "tags", "tags_all", "timeouts", "region", "owner_id", "unique_id"}
)


class Comparison(msgspec.Struct, frozen=True, gc=False):
    """One attribute of one matched instance. There are a dozen for each, so they are made cheaply."""

    address: str
    source: str
    resource: str
    type: str
    attribute: str
    verdict: str
    """in_sync | changed | unreadable."""
    declared: Any
    actual: Any


def veiled(wanted: Any, found: Any) -> tuple[Any, Any]:
    """Both sides without the keyed hashes of hidden values, which mean nothing outside their store."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        pairs = {key: veiled(wanted.get(key), found.get(key)) for key in {**wanted, **found}}
        return (
            {key: pairs[key][0] for key in sorted(pairs) if key in wanted},
            {key: pairs[key][1] for key in sorted(pairs) if key in found},
        )
    if isinstance(wanted, list) and isinstance(found, list):
        length = max(len(wanted), len(found))
        both = [
            veiled(wanted[i] if i < len(wanted) else None, found[i] if i < len(found) else None)
            for i in range(length)
        ]
        return [w for w, _ in both][: len(wanted)], [f for _, f in both][: len(found)]
    same = wanted == found
    return (
        SENSITIVE if hidden(wanted) else wanted,
        (SENSITIVE if same else DIFFERS) if hidden(found) else found,
    )


def _hides(value: Any) -> bool:
    """Whether a keyed hash stands in a value; most hold none and are kept as they are."""
    if isinstance(value, dict):
        return any(map(_hides, value.values()))
    return any(map(_hides, value)) if isinstance(value, list) else hidden(value)


def compare(
    matches: Sequence[Match],
    hide: Callable[[str], str],
    ignored_tags: Sequence[str] = (),
    left_out: Counter[str] | None = None,
) -> Iterator[Comparison]:
    """The comparisons of every matched instance, made as they are taken; then its match has its final status.

    `left_out` is told by type how many declared attributes no table line compares.
    """
    left_out = Counter() if left_out is None else left_out
    owners = _owned_parents(matches)
    unions = group_rules(matches)
    for match in matches:
        if match.resource is None:
            continue
        kind = load()[match.type]
        attributes = match.declared.attributes
        made = _instance(match, attributes, kind, owners, unions, hide, ignored_tags)
        left_out[match.type] += _not_compared(attributes, kind)
        verdicts = {comparison.verdict for comparison in made}
        if match.declared.deposed:
            match.status, match.reason = "not_compared", "deposed: a leftover of a replacement"
        elif "changed" in verdicts:
            match.status = "changed"
        elif "unreadable" in verdicts:
            match.status = "unreadable"
            match.reason = "not read: " + ", ".join(match.resource.unread or ("attributes",))
        elif verdicts:
            match.status = "in_sync"
        else:
            match.status, match.reason = "not_compared", "nothing declared here is compared"
        yield from made


Owners = Mapping[str, Mapping[str, list[Mapping[str, Any]]]]
"""By type and parent (by Terraform id): what the instances that speak for the parent declare."""


def _owned_parents(matches: Sequence[Match]) -> Owners:
    owned: dict[str, dict[str, list[Mapping[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for match in matches:
        kind = load().get(match.type)
        if kind is not None and kind.declared_parent and not match.declared.deposed:
            attributes = match.declared.attributes
            parent = of_state(kind.declared_parent, attributes)
            if parent:
                owned[kind.type][str(parent)].append(attributes)
            for link in kind.speaks_for:
                parents = of_state(f"{{{link.id}}}", attributes)
                for one in parents if isinstance(parents, list) else ():
                    owned[link.type][str(one)].append(attributes)
    return owned


@dataclass(frozen=True, slots=True)
class _Line:
    """What comparing one attribute needs to know, looked up once a type."""

    name: str
    attribute: Attribute
    find: Callable[[Any], Any]
    """The declared value in a state's attributes."""
    wish: Callable[[Any, Callable[[str], str]], Any]
    """Its canonical form."""
    when: str
    owner: str
    owned: str
    scalar: bool
    """Of a form that needs no making: equal values are in sync."""
    veils: bool
    """Keyed hashes may stand in it."""
    names: frozenset[str]
    """Under which the state may mark it as sensitive."""


@cache
def _lines(kind: ResourceType) -> tuple[_Line, ...]:
    return tuple(
        _Line(
            name,
            attribute,
            getter(attribute.declared or name),
            wish(name, attribute),
            f"{{{attribute.when}}}" if attribute.when else "",
            aliases().get(attribute.owner, "") if attribute.owner else "",
            f"{{{attribute.owned}}}" if attribute.owned else "",
            attribute.kind in PLAIN and not attribute.secret,
            _veils(attribute),
            frozenset({name}) | words(attribute.declared),
        )
        for name, attribute in kind.attributes.items()
        if attribute.kind != "rules"
    )


def _veils(attribute: Attribute) -> bool:
    return attribute.secret or attribute.keys or any(map(_veils, attribute.of.values()))


def _instance(
    match: Match,
    attributes: Mapping[str, Any],
    kind: ResourceType,
    owners: Owners,
    unions: Mapping[tuple[str, str], Any],
    hide: Callable[[str], str],
    ignored_tags: Sequence[str],
) -> list[Comparison]:
    instance, row = match.declared, match.resource
    assert row is not None
    if instance.deposed:
        return []
    made: list[Comparison] = []
    address, source, resource, type_ = instance.address, instance.source, row.resource, kind.type
    sensitive, actual = instance.sensitive, row.attributes
    id_ = instance.id

    def add(
        name: str, verdict: str, wanted: Any, found: Any, names: frozenset[str] = EVERY_TAG
    ) -> None:
        """`names`: those under which the state may mark the attribute as sensitive."""
        if sensitive and not sensitive.isdisjoint(names):
            wanted, found = SENSITIVE, DIFFERS if verdict == "changed" else SENSITIVE
        made.append(Comparison(address, source, resource, type_, name, verdict, wanted, found))

    for name in _groups(kind):
        union = unions.get((resource, name))
        if union is not None and name not in actual:
            add(name, "unreadable", union, None, frozenset({name}))
        elif union is not None:
            wanted, found, changed = rules_differ(union, actual[name])
            verdict = "changed" if changed else "in_sync"
            add(name, verdict, wanted, found, frozenset({name}))
    for line in _lines(kind):
        beside = owners.get(line.owner, {}).get(id_) if line.owner else None
        if beside and not line.owned:
            continue
        if line.when and not of_state(line.when, attributes):
            continue
        name, names = line.name, line.names
        try:
            wanted = line.find(attributes)
            if wanted is None:
                continue
            if name not in actual:
                wanted = line.wish(wanted, hide)
                shown = veiled(wanted, wanted)[0] if line.veils else wanted
                add(name, "unreadable", shown, None, names)
                continue
            found = actual[name]
            if line.scalar and type(wanted) is type(found) and wanted == found:
                add(name, "in_sync", found, found, names)
                continue
            wanted = line.wish(wanted, hide)
        except (ValueError, RecursionError):
            add(name, "unreadable", "not readable in the state", None, names)
            continue
        if beside:
            wanted, found = _own_members(line, wanted, found, beside)
        verdict = "in_sync"
        if wanted != found and differs(line.attribute, wanted, found):
            verdict, found = "changed", _shown(line.attribute, wanted, found)
        if line.veils and (_hides(wanted) or _hides(found)):
            wanted, found = veiled(wanted, found)
        add(name, verdict, wanted, found, names)
    _tags(attributes, kind, row, ignored_tags, add)
    return made


def _own_members(
    line: _Line, wanted: Any, found: Any, beside: Sequence[Mapping[str, Any]]
) -> tuple[list[Any], list[Any]]:
    """Both sides of a set of which instances beside this one declare members, and tell of them themselves.

    A state that was refreshed has those members in this one's set too, and may still have them where their
    instance was destroyed since. So only what AWS has beyond all that is declared is a difference.
    """
    others = {of_state(line.owned, attributes) for attributes in beside}
    own = [member for member in found or () if _named(line, member) not in others]
    names = {_named(line, member) for member in own}
    return [member for member in wanted or () if _named(line, member) in names], own


def _named(line: _Line, member: Any) -> Any:
    return member.get(line.attribute.owned) if isinstance(member, dict) else member


@cache
def _groups(kind: ResourceType) -> tuple[str, ...]:
    """The attributes that are compared as the union of what several declare."""
    return tuple(name for name, a in kind.attributes.items() if a.kind == "rules")


def _shown(attribute: Attribute, wanted: Any, found: Any) -> Any:
    """Of a block only the members that were declared, so that both sides show the same things."""
    if attribute.within:
        return [value for value in found or [] if value in (wanted or [])]
    if attribute.kind not in ("block", "blocks") or not wanted:
        return found
    names = set().union(*(set(member) for member in wanted))
    return [
        {name: value for name, value in member.items() if name in names} for member in found or ()
    ]


def _tags(
    attributes: Mapping[str, Any],
    kind: ResourceType,
    row: Any,
    ignored: Sequence[str],
    add: Callable[..., None],
) -> None:
    if not kind.tags or not ("tags" in attributes or "tags_all" in attributes):
        return
    # tags_all holds the provider's default_tags too; an old state may have tags alone
    wanted = attributes.get("tags_all")
    wanted = attributes.get("tags") if wanted is None else wanted
    skipped = ("aws:", *ignored)
    wanted = {str(k): str(v) for k, v in (wanted or {}).items() if not str(k).startswith(skipped)}
    if row.tags is None:
        add("tags", "unreadable", wanted, None)
        return
    found = {k: v for k, v in row.tags.items() if not k.startswith(skipped)}
    add("tags", "in_sync" if wanted == found else "changed", wanted, found)


def _not_compared(attributes: Mapping[str, Any], kind: ResourceType) -> int:
    names = _looked_at(kind)
    return sum(
        1
        for name, value in attributes.items()
        if name not in names and value not in (None, "", [], {})
    )


@cache
def _looked_at(kind: ResourceType) -> frozenset[str]:
    """The declared attributes that are compared, or say what the instance is."""
    lines = kind.attributes.items()
    return UNCOMPARED | {a.declared.split(".")[0] or name for name, a in lines}
