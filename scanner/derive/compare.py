"""What AWS has against what was declared, attribute by attribute.

Only what is declared non-null and listed in the type's table is compared; the rest is counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.catalog import Attribute, ResourceType, aliases, load
from scanner.catalog.path import words
from scanner.catalog.shape import UNDECLARED, differs
from scanner.catalog.shape import declared as declared_value
from scanner.derive.matching import Match, of_state
from scanner.derive.rules_union import group_rules, rules_differ
from scanner.secrets import hidden

SENSITIVE, DIFFERS = "sensitive", "sensitive, differs"
UNCOMPARED = frozenset(
    {"id", "arn", "tags", "tags_all", "timeouts", "region", "owner_id", "unique_id"}
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One attribute of one matched instance."""

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
    matches: Sequence[Match], hide: Callable[[str], str], ignored_tags: Sequence[str] = ()
) -> tuple[list[Comparison], Mapping[str, int]]:
    """Compare every matched instance and give each match its final status.

    Returns the comparisons, and by type how many declared attributes no table line compares.
    """
    owners = _owned_parents(matches)
    unions = group_rules(matches)
    comparisons: list[Comparison] = []
    left_out: dict[str, int] = defaultdict(int)
    for match in matches:
        if match.resource is None:
            continue
        kind = load()[match.type]
        made = _instance(match, kind, owners, unions, hide, ignored_tags)
        comparisons.extend(made)
        left_out[match.type] += _not_compared(match, kind)
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
    return comparisons, left_out


def _owned_parents(matches: Sequence[Match]) -> Mapping[str, set[str]]:
    """For each type the parents (by Terraform id) that its declared instances speak for."""
    owned: dict[str, set[str]] = defaultdict(set)
    for match in matches:
        kind = load().get(match.type)
        if kind is not None and kind.declared_parent and not match.declared.deposed:
            parent = of_state(kind.declared_parent, match.declared.attributes)
            if parent:
                owned[kind.type].add(str(parent))
            for link in kind.speaks_for:
                parents = of_state(f"{{{link.id}}}", match.declared.attributes)
                owned[link.type].update(map(str, parents if isinstance(parents, list) else ()))
    return owned


def _instance(
    match: Match,
    kind: ResourceType,
    owners: Mapping[str, set[str]],
    unions: Mapping[tuple[str, str], Any],
    hide: Callable[[str], str],
    ignored_tags: Sequence[str],
) -> list[Comparison]:
    instance, row = match.declared, match.resource
    assert row is not None
    if instance.deposed:
        return []
    made: list[Comparison] = []

    def add(name: str, verdict: str, wanted: Any, found: Any, *also: str) -> None:
        """`also`: other names under which the state may mark the attribute as sensitive."""
        if instance.sensitive & {name, *also}:
            wanted, found = SENSITIVE, DIFFERS if verdict == "changed" else SENSITIVE
        else:
            if _hides(wanted) or _hides(found):
                wanted, found = veiled(wanted, found)
        made.append(
            Comparison(
                instance.address, instance.source, row.resource, kind.type, name, verdict,
                wanted, found,
            )
        )  # fmt: skip

    for name, attribute in kind.attributes.items():
        if attribute.kind == "rules":
            union = unions.get((row.resource, name))
            if union is None:
                continue
            if name not in row.attributes:
                add(name, "unreadable", union, None)
            else:
                wanted, found, changed = rules_differ(union, row.attributes[name])
                add(name, "changed" if changed else "in_sync", wanted, found)
            continue
        if attribute.owner and instance.id in owners.get(aliases().get(attribute.owner, ""), ()):
            continue
        if attribute.when and not of_state(f"{{{attribute.when}}}", instance.attributes):
            continue
        try:
            wanted = declared_value(name, attribute, instance.attributes, hide)
        except (ValueError, RecursionError):
            add(name, "unreadable", "not readable in the state", None)
            continue
        if wanted is UNDECLARED:
            continue
        also = words(attribute.declared)
        if name not in row.attributes:
            add(name, "unreadable", wanted, None, *also)
        elif differs(attribute, wanted, row.attributes[name]):
            add(name, "changed", wanted, _shown(attribute, wanted, row.attributes[name]), *also)
        else:
            add(name, "in_sync", wanted, row.attributes[name], *also)
    _tags(instance, kind, row, ignored_tags, add)
    return made


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
    instance: Any,
    kind: ResourceType,
    row: Any,
    ignored: Sequence[str],
    add: Callable[..., None],
) -> None:
    attributes = instance.attributes
    if not kind.tags or not ("tags" in attributes or "tags_all" in attributes):
        return
    # tags_all holds the provider's default_tags too; an old state may have tags alone
    wanted = attributes.get("tags_all")
    wanted = attributes.get("tags") if wanted is None else wanted
    wanted = {str(k): str(v) for k, v in (wanted or {}).items() if not _skipped(str(k), ignored)}
    if row.tags is None:
        add("tags", "unreadable", wanted, None, "tags_all")
        return
    found = {k: v for k, v in row.tags.items() if not _skipped(k, ignored)}
    add("tags", "in_sync" if wanted == found else "changed", wanted, found, "tags_all")


def _skipped(key: str, ignored: Sequence[str]) -> bool:
    return key.startswith("aws:") or any(key.startswith(prefix) for prefix in ignored)


def _not_compared(match: Match, kind: ResourceType) -> int:
    names = {a.declared.split(".")[0] or name for name, a in kind.attributes.items()}
    return sum(
        1
        for name, value in match.declared.attributes.items()
        if value not in (None, "", [], {}) and name not in names and name not in UNCOMPARED
    )
