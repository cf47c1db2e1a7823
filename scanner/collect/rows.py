"""A raw item of AWS as the row that is stored: named, placed, tagged, and only what its type lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from scanner.catalog.kinds import canonical
from scanner.catalog.path import fill, getter, holes, words
from scanner.catalog.shape import reading
from scanner.catalog.spec import Attribute, ResourceType, load
from scanner.collect.failure import Failure
from scanner.seen import UNREADABLE, UNSHAPED


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a row was found, and which regions the scan covers."""

    account: str
    region: str
    regions: tuple[str, ...]


NO_POLICY = Failure("malformed", "Unreadable", "a policy document is none that can be read")


@dataclass(frozen=True, slots=True)
class Row:
    """One actual resource."""

    resource: str
    type: str
    id: str
    key: str
    arn: str | None
    name: str
    account: str
    region: str
    tags: dict[str, str] | None
    """None where the type cannot be tagged or its tags could not be read (`unread` says which)."""
    created_at: str | None
    attributes: dict[str, Any]
    """Canonical values; an attribute that could not be read has no key."""
    unread: tuple[str, ...]
    """`service.operation` of the calls about this resource that did not come back."""
    origin: str
    """`` | gone | default | service | spawned | unread, where that could not be found out."""
    parent_type: str
    parent_id: str
    belongs_to: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the ledger has to say of an item, beside the calls that were made for it."""

    call: str
    about: str
    failure: Failure


def shaped(
    kind: ResourceType,
    item: Mapping[str, Any],
    failed: frozenset[str],
    scope: Scope,
    hide: Callable[[str], str],
) -> tuple[Row | None, Trouble | None]:
    """The row of an item, if it makes one, and why not all of it is known. Never raises."""
    try:
        made = row(kind, item, failed, scope, hide)
    except Exception as error:  # one item that cannot be read must not hide the others
        made = f"{type(error).__name__}: {error}"
    if isinstance(made, Row):
        unreadable = UNREADABLE in made.unread
        return made, Trouble(UNREADABLE, made.id, NO_POLICY) if unreadable else None
    if made is None:
        return None, None
    failure = Failure("malformed", "Unshaped", f"{kind.type}: {made}")
    return None, Trouble(UNSHAPED, made, failure)


def row(
    kind: ResourceType,
    item: Mapping[str, Any],
    failed: frozenset[str],
    scope: Scope,
    hide: Callable[[str], str],
) -> Row | str | None:
    """The row of an item; None outside the scanned regions; a sentence where the item makes no row."""
    region = scope.region
    if kind.scope == "account":
        region = where(kind, item) or region
        if region not in scope.regions and not failed:
            return None
    id_ = fill(kind.id, item)
    if id_ in (None, ""):
        return f"an item has no id at {kind.id}"
    id_ = str(id_)
    document = {**item, "_id": id_, "_region": region}
    calls = {call.into: call.call for call in kind.each} if failed else {}
    arn = (
        fill(kind.arn, document)
        if kind.arn and not _lost(" ".join(holes(kind.arn)), failed)
        else None
    )
    attributes: dict[str, Any] = {}
    unread: set[str] = set()
    for name, attribute, read in _columns(kind):
        if failed and _unreadable(attribute, failed):
            continue
        try:
            value = read(item, hide)
        except (ValueError, RecursionError) as error:
            if not _of_policy(attribute):
                return f"{name} of {id_}: {error}"
            unread.add(UNREADABLE)  # what a policy says is not known; that it is there, is
        else:
            if value is not None or not attribute.always:
                attributes[name] = value
    return Row(
        resource=str(arn) if arn else f"{scope.account}/{region}/{kind.type}/{id_}",
        type=kind.type,
        id=id_,
        key=str(fill(kind.key, document) if kind.key else id_),
        arn=str(arn) if arn else None,
        name=_name(kind, document),
        account=scope.account,
        region=region,
        tags=_tags(kind, item, failed),
        created_at=canonical("time", getter(kind.created)(item)) if kind.created else None,
        attributes=attributes,
        unread=tuple(sorted(unread | {calls[into] for into in failed if into in calls})),
        origin=_origin(kind, item, failed),
        parent_type=kind.container,
        parent_id=_parent_id(kind, item),
        belongs_to=tuple(
            (link.type, str(found))
            for link in kind.belongs_to
            if (found := getter(link.id)(item)) not in (None, "")
        ),
    )


def _of_policy(attribute: Attribute) -> bool:
    return attribute.kind == "policy" or any(_of_policy(inner) for inner in attribute.of.values())


@cache
def _columns(kind: ResourceType) -> tuple[tuple[str, Attribute, Callable[..., Any]], ...]:
    return tuple((name, attribute, reading(attribute)) for name, attribute in kind.kept.items())


def where(kind: ResourceType, item: Mapping[str, Any]) -> str | None:
    """The region of an item of account scope, by itself or by what it was found through."""
    if kind.region:
        region = getter(kind.region)(item)
        return str(region) if region else None
    return where(load()[kind.container], item.get("parent") or {}) if kind.container else None


def _lost(text: str, failed: frozenset[str]) -> bool:
    return bool(failed) and bool(failed & words(text))


def _unreadable(attribute: Attribute, failed: frozenset[str]) -> bool:
    return bool(failed) and (
        _lost(attribute.path, failed)
        or any(_unreadable(inner, failed) for inner in attribute.of.values())
    )


def _name(kind: ResourceType, document: Mapping[str, Any]) -> str:
    name = fill(kind.name, document) if kind.name else None
    if name is None and kind.tags:
        name = (tag_map(getter(kind.tags)(document)) or {}).get("Name")
    return str(name or document["_id"])


def _origin(kind: ResourceType, item: Mapping[str, Any], failed: frozenset[str]) -> str:
    for origin in ("gone", "default", "service", "spawned"):
        predicate = getattr(kind, origin)
        if predicate and _lost(predicate, failed):
            return "unread"
        if predicate and getter(predicate)(item):
            return origin
    return ""


def _parent_id(kind: ResourceType, item: Mapping[str, Any]) -> str:
    if not kind.container:
        return ""
    return str(fill(load()[kind.container].id, item.get("parent") or {}) or "")


def _tags(
    kind: ResourceType, item: Mapping[str, Any], failed: frozenset[str]
) -> dict[str, str] | None:
    if not kind.tags or _lost(kind.tags, failed):
        return None
    return tag_map(getter(kind.tags)(item)) or {}


def tag_map(tags: Any) -> dict[str, str]:
    """Tags as a map, from any form AWS has: a map, lists of Key/Value, key/value or TagKey/TagValue."""
    if isinstance(tags, Mapping):
        return {str(key): str(value or "") for key, value in sorted(tags.items())}
    pairs: dict[str, str] = {}
    for tag in tags or []:
        key = tag.get("Key", tag.get("key", tag.get("TagKey")))
        value = tag.get("Value", tag.get("value", tag.get("TagValue")))
        if key is not None:
            pairs[str(key)] = str(value or "")
    return dict(sorted(pairs.items()))
