"""Who answers for a resource: its own tag, else the owner of what it belongs to, else nobody.

In: rows with tags, class and parents. Out: one `Owned` a resource, which says by which way it is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.catalog import load
from scanner.model import OwnerState

PLACEHOLDERS = frozenset(
    {"", "-", "?", "tbd", "todo", "na", "none", "null", "nil", "unknown", "unowned", "nobody",
     "noone", "admin", "root", "default", "example", "test", "changeme", "owner", "team", "xxx"}
)  # fmt: skip
"""Words that stand where a team should, once case and punctuation are taken off."""


@dataclass(frozen=True, slots=True)
class Owned:
    """The owner of one resource."""

    resource: str
    team: str | None
    via: str
    state: OwnerState


def folded(name: str) -> str:
    """A tag key or placeholder without case and punctuation: Owner_Team and owner-team are one."""
    return re.sub(r"[^0-9a-z]+", "", name.casefold())


def tagged(tags: Mapping[str, str], names: Sequence[str]) -> tuple[str, str] | None:
    """The first of the named tags that a resource has, as (its own key, its value)."""
    by_name = {folded(key): key for key in sorted(tags, reverse=True)}
    for name in names:
        key = by_name.get(folded(name))
        if key is not None:
            return key, tags[key].strip()
    return None


def declared_owner(uid: str, attributes: Mapping[str, Any], names: Sequence[str]) -> Owned:
    """The owner of something that is declared but not there, from the tags of its declaration."""
    tags = attributes.get("tags_all") or attributes.get("tags") or {}
    found = tagged({str(k): str(v) for k, v in tags.items()}, names)
    if found is None or folded(found[1]) in PLACEHOLDERS:
        return Owned(uid, None, "", "missing")
    return Owned(uid, found[1], f"declared tag {found[0]}", "valid")


def owners(rows: Sequence[Any], parents: Mapping[str, str], names: Sequence[str]) -> list[Owned]:
    """The owner of every row. `parents` maps a resource to what it belongs to."""
    by_resource = {row.resource: row for row in rows}
    known: dict[str, Owned] = {}

    def own(row: Any) -> Owned:
        kind = load()[row.type]
        if row.tags is None:
            state: OwnerState = "unread" if kind.tags else "untaggable"
            return Owned(row.resource, None, "", state)
        found = tagged(row.tags, names)
        if found is None:
            return Owned(row.resource, None, "", "missing")
        key, team = found
        if folded(team) in PLACEHOLDERS:
            return Owned(row.resource, None, f"tag {key} says {team!r}", "placeholder")
        return Owned(row.resource, team, f"tag {key}", "valid")

    def settle(resource: str, path: tuple[str, ...]) -> Owned:
        if resource in known:
            return known[resource]
        result = own(by_resource[resource])
        above = parents.get(resource, "")
        # an owner that is a placeholder is somebody's mistake, to be shown and not covered up
        lacking = result.state in ("missing", "untaggable", "unread")
        if lacking and above in by_resource and above not in path:
            parent = settle(above, (*path, resource))
            if parent.team:
                via = parent.via if parent.state == "inherited" else f"{parent.via} of {above}"
                result = Owned(resource, parent.team, via, "inherited")
        known[resource] = result
        return result

    return [settle(row.resource, ()) for row in rows]
