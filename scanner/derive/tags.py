"""Tags by their meaning: several keys may say one thing, and case and punctuation of a key do not matter."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """A tag key or placeholder without case and punctuation: Owner_Team and owner-team are one."""
    return re.sub(r"[^0-9a-z]+", "", name.casefold())


def all_tagged(tags: Mapping[str, str], names: Sequence[str]) -> list[tuple[str, str]]:
    """Every one of the named tags that a resource has, as (its own key, its value), in their order."""
    return [(key, tags[key]) for key in _keys(tuple(tags), tuple(names))]


@lru_cache(maxsize=16384)
def _keys(keys: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of a resource's keys that are named; most resources have the same keys as others."""
    places = {folded(name): place for place, name in reversed(list(enumerate(names)))}
    found = [(place, key) for key in keys if (place := places.get(folded(key))) is not None]
    return tuple(key for _, key in sorted(found))


def tagged(tags: Mapping[str, str], names: Sequence[str]) -> tuple[str, str] | None:
    """The first of the named tags that a resource has, as (its own key, its value)."""
    found = all_tagged(tags, names)
    return (found[0][0], found[0][1].strip()) if found else None


def declared_tags(attributes: Mapping[str, Any]) -> dict[str, str]:
    """The tags of a declared instance, those that its provider gives everything among them."""
    tags = attributes.get("tags_all") or attributes.get("tags") or {}
    if not isinstance(tags, Mapping):
        return {}
    return {str(k): str(v) for k, v in tags.items() if v is not None}
