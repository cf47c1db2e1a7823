"""Why watchbill does not call changed what Terraform does: a known limit, or a disagreement.

In: a refresh-only plan, the report of a scan, and the catalog. Out: one of REASONS for each attribute.
Nothing is explained by our own way of comparing values, where too generous a one has to show, but for one
thing: a policy or JSON text that says the same in another way is no change, and is listed as such.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import zip_longest
from types import SimpleNamespace
from typing import Any

from scanner.catalog import Attribute, ResourceType, aliases, load
from scanner.catalog.group_rules import Rules, inline
from scanner.catalog.kinds import bare, canonical, dumps
from scanner.catalog.path import getter, words
from scanner.catalog.policy import folded
from scanner.catalog.spec import FOLDER
from scanner.derive.matching import Match, of_state
from scanner.derive.rules_union import group_rules, rules_differ
from scanner.model import Report
from scanner.seen import GLOBAL, UNSHAPED

COMPUTED = FOLDER.with_name("data") / "computed.txt"
"""A line a type: its name, and its attributes that nobody can declare (tests/derive/computed.py)."""

GONE = "<gone>"
"""Stands for an attribute where the whole object is no more."""

COMPUTED_ONLY = "computed-only"
NOT_COLLECTED = "type not collected"
NOT_IN_TABLES = "attribute not in our tables"
MIRROR = "mirror of a separate resource"
NULL = "null in the state"
EQUIVALENT = "equivalent, not counted"
UNREADABLE = "unreadable in that scan"
DISAGREEMENT = "disagreement"
REASONS = (
    COMPUTED_ONLY,
    NOT_COLLECTED,
    NOT_IN_TABLES,
    MIRROR,
    NULL,
    EQUIVALENT,
    UNREADABLE,
    DISAGREEMENT,
)

DOCUMENTS = frozenset({"policy", "json"})
"""Kinds of a text that may say the same in several ways."""

Reason = tuple[str, str]
"""One of REASONS, and what there is to add."""
UNEXPLAINED: Reason = (DISAGREEMENT, "")


@lru_cache(maxsize=1)
def computed_only() -> Mapping[str, frozenset[str]]:
    """By Terraform type its attributes that nobody can declare, for the types of the catalog."""
    lines = (line.split() for line in COMPUTED.read_text(encoding="utf-8").splitlines())
    return {type_: frozenset(names) for type_, *names in lines}


def kind_of(type_: str) -> ResourceType | None:
    """The catalog's entry for a Terraform type."""
    return load().get(aliases().get(type_, ""))


def own_arn(type_: str, attributes: Mapping[str, Any]) -> str:
    """The ARN of the object itself, where its type has one."""
    kind, arn = kind_of(type_), attributes.get("arn")
    return arn if kind is not None and kind.arn and isinstance(arn, str) else ""


def feeds(drift: Any, name: str) -> list[str]:
    """The names by which our tables compare one of Terraform's attributes."""
    kind = kind_of(drift.type)
    if kind is None or name == GONE:
        return [GONE] if kind is not None else []
    found = [
        ours
        for ours, attribute in kind.attributes.items()
        if name in (words(attribute.declared) if attribute.declared else (ours,))
    ]
    return [*found, name] if name == "tags" and kind.tags else found


class Reasons:
    """Says why, for one plan and one scan."""

    def __init__(self, plan: Any, report: Report, ignored_tags: Sequence[str] = ()) -> None:
        self._report = report
        self._ignored = ("aws:", *ignored_tags)
        self._owned: dict[str, set[str]] = defaultdict(set)
        for one in plan.objects:
            kind = kind_of(one.type)
            if kind is not None and kind.declared_parent:
                self._owned[kind.type].add(str(of_state(kind.declared_parent, one.attributes)))
        self._unions = group_rules([_as_match(one) for one in plan.objects])

    def of(self, drift: Any, name: str, undecided: str = "", *, state_read: bool = True) -> Reason:
        """Why we do not call `name` of this object changed.

        `undecided` is why the scan itself could not say; without `state_read` the plan's state may be
        one that the scan could not read.
        """
        kind = kind_of(drift.type)
        if kind is None:
            return NOT_COLLECTED, ""
        if kind.beyond and of_state(f"{{{kind.beyond}}}", drift.before):
            return NOT_COLLECTED, f"with {kind.beyond}"
        ours = feeds(drift, name)
        if not ours:
            computed = name in computed_only().get(drift.type, ())
            return COMPUTED_ONLY if computed else NOT_IN_TABLES, ""
        if name != GONE:
            # a disagreement about one of the lines it feeds is one about all of them
            reasons = [self._attribute(drift, kind, n) for n in ours]
            if UNEXPLAINED not in reasons:
                return reasons[0]
        because = undecided or self._unread(drift, kind, ours, state_read)
        return (UNREADABLE, because) if because else UNEXPLAINED

    def _attribute(self, drift: Any, kind: ResourceType, name: str) -> Reason:
        if name not in kind.attributes:
            same = self._tags(drift.before) == self._tags(drift.after)
            return (NOT_IN_TABLES, "only tags that are left out") if same else UNEXPLAINED
        attribute = kind.attributes[name]
        if attribute.kind == "rules":
            return self._rules(drift, name)
        owner = aliases().get(attribute.owner, "")
        if owner and str(drift.before.get("id")) in self._owned[owner]:
            return MIRROR, owner
        path = f"{{{attribute.declared or name}}}"
        before, after = of_state(path, drift.before), of_state(path, drift.after)
        if before is None:
            return NULL, ""
        if attribute.when and not of_state(f"{{{attribute.when}}}", drift.before):
            return NOT_IN_TABLES, f"compared only where {attribute.when}"
        if attribute.of and _compared(attribute, before) == _compared(attribute, after):
            return NOT_IN_TABLES, "only members that are not in our tables"
        if attribute.of and (
            _compared(attribute, before, before) == _compared(attribute, after, before)
        ):
            return NULL, "only members that are null in the state"
        told = _told(attribute, before, after) if attribute.lacks else before
        if told is not before and _compared(attribute, told) == _compared(attribute, after):
            return NOT_IN_TABLES, "what AWS does not tell is as it is by default"
        meant = [_meant(attribute, side) for side in (before, after)]
        said = [_compared(attribute, side, before) for side in meant]
        return (EQUIVALENT, "") if meant != [before, after] and said[0] == said[1] else UNEXPLAINED

    def _tags(self, side: Mapping[str, Any]) -> dict[str, Any]:
        found = side.get("tags_all")
        found = side.get("tags") if found is None else found
        return {k: v for k, v in (found or {}).items() if not k.startswith(self._ignored)}

    def _rules(self, drift: Any, direction: str) -> Reason:
        """Rules that are resources of their own stand in their group's block too, once it is refreshed."""
        union = self._unions.get((drift.previous, direction))
        if union is None:
            return NULL, ""
        found: Rules = dict(inline(drift.after.get(direction), str(drift.before.get("id"))))
        if rules_differ(union, found)[2]:
            return UNEXPLAINED
        return MIRROR, "rules that are declared by themselves"

    def _unread(self, drift: Any, kind: ResourceType, ours: Sequence[str], state_read: bool) -> str:
        """Why the scan could not have seen it, `` where it could."""
        bad = [s.source for s in self._report.sources if s.status not in ("ok", "stale")]
        if bad and not state_read:
            return f"{bad[0]} could not be read"
        parts = [*own_arn(drift.type, drift.before).split(":"), "", "", "", "", ""]
        region, account = (parts[3] if kind.scope == "region" else ""), parts[4]
        scan = self._report.scan
        for place, scanned in ((account, scan.accounts), (region, scan.regions)):
            if place and place not in scanned:
                return f"{place} was not scanned"
        calls = {UNSHAPED, *_calls(kind, ours)}
        for gap in self._report.coverage.gaps:
            near = not region or gap.region in (region, GLOBAL)
            if near and kind.type in gap.types and f"{gap.service}.{gap.operation}" in calls:
                return f"{gap.service}:{gap.operation} {gap.status}"
        return ""


def _calls(kind: ResourceType, ours: Sequence[str]) -> set[str]:
    """The calls that the answer about these attributes, or about the whole object, depends on."""
    paths = [kind.tags if name not in kind.kept else _paths(kind.kept[name]) for name in ours]
    into = {name for path in paths for name in kind.sources(path)}
    found = {call.call for call in kind.calls if call.into in into} | {kind.list}
    found |= {kind.batch.call} if kind.batch else set()
    above = load()[kind.container] if kind.container else None
    while above is not None:
        found |= {above.list, *(call.call for call in above.calls)}
        above = load()[above.container] if above.container else None
    return found


def _paths(attribute: Attribute) -> str:
    return " ".join([attribute.path, *map(_paths, attribute.of.values())])


def _as_match(one: Any) -> Match:
    """A plan's object as the union of security group rules takes it."""
    id_ = str(one.attributes.get("id"))
    declared = SimpleNamespace(id=id_, type=one.type, deposed="", attributes=one.attributes)
    type_ = aliases().get(one.type, one.type)
    return Match(declared, type_, "", "", id_, SimpleNamespace(resource=one.address))


def _compared(attribute: Attribute, value: Any, model: Any = None) -> Any:
    """Of a block what our tables compare, as it is written; with `model`, only what is not null there."""
    if attribute.of and isinstance(value, list):
        models = model if isinstance(model, list) else []
        if _filled(attribute, models) != _filled(attribute, value):
            models = []  # as many blocks as there were is the first thing that is compared
        pairs = list(zip_longest(value, models))[: len(value)]
        elements = [_compared(attribute, element, like) for element, like in pairs]
        return sorted(elements, key=repr) if attribute.kind == "blocks" else elements
    if not attribute.of or not isinstance(value, Mapping):
        return bare(value)
    members = {}
    for name, inner in attribute.of.items():
        find = getter(inner.declared or name)
        like = find(model) if isinstance(model, Mapping) else None
        if like is not None or not isinstance(model, Mapping):
            members[name] = _compared(inner, find(value), like)
    return bare(members)


def _meant(attribute: Attribute, value: Any) -> Any:
    """The value with what its policies and JSON texts say in place of them, wherever they stand in it."""
    if isinstance(value, list) and attribute.of:
        return [_meant(attribute, element) for element in value]
    if isinstance(value, Mapping):
        members = {n: _meant(a, value[n]) for n, a in attribute.of.items() if n in value}
        return {**value, **members}
    if attribute.kind not in DOCUMENTS or not isinstance(value, str):
        return value
    try:
        said = canonical(attribute.kind, value)
    except (ValueError, RecursionError):
        return value
    # as text: what is empty in a document is not what is unset in a block
    return dumps(folded(said) if attribute.kind == "policy" else said)


def _told(attribute: Attribute, before: Any, after: Any) -> Any:
    """Of a value what AWS still tells of it."""
    if attribute.kind != "blocks":
        return after if after is None or after == [] else before
    names = {element.get("name") for element in after or []}
    return [element for element in before if element.get("name") in names]


def _filled(attribute: Attribute, elements: list[Any]) -> int:
    return sum(bool(_compared(attribute, element)) for element in elements)
