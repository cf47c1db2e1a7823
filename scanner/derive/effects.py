"""What a changed attribute means: severity follows the effect, not the type, and the way it changed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

import msgspec

from scanner.catalog.kinds import bare
from scanner.derive.tags import tagged
from scanner.derive.widening import way
from scanner.model import Severity

When = Literal[
    "any", "off", "on", "lower", "higher", "wider", "fewer", "grants_more", "grants_less", "owner"
]
OTHER_WAY: Mapping[When, When] = {"off": "on", "on": "off", "lower": "higher", "higher": "lower"}


class Effect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of effects.toml."""

    attribute: str
    says: str
    severity: Severity
    type: str = "*"
    when: When = "any"


class Harmless(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A switch that has no line because neither way of it opens, hides or loses anything."""

    attribute: str
    why: str
    type: str = "*"


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """effects.toml."""

    effect: tuple[Effect, ...]
    harmless: tuple[Harmless, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """The effect of one change."""

    says: str
    severity: Severity | Literal[""]


NONE = Judged("", "")
"""Of what has not changed."""
OTHERWISE = Judged("the configuration differs from its declaration", "medium")
ON = ("Enabled", "ENABLED", "Active")
"""Words by which AWS says that something is on."""
SAFER = Judged("it is set more carefully than was declared", "low")


@lru_cache(maxsize=1)
def table() -> Table:
    """The table, in order: the first line that has something to say of a change decides."""
    text = Path(__file__).with_name("effects.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Table)


@cache
def lines(type_: str, attribute: str) -> tuple[Effect, ...]:
    """The lines about an attribute of a type."""
    return tuple(
        line
        for line in table().effect
        if fnmatchcase(type_, line.type) and fnmatchcase(attribute, line.attribute)
    )


def effect(
    type_: str, attribute: str, declared: Any, actual: Any, owner_tags: Sequence[str] = ()
) -> Judged:
    """What it means that AWS has `actual` where `declared` was asked for."""
    for line in lines(type_, attribute):
        if line.when == "owner":
            fits = _owner(declared, owner_tags) != _owner(actual, owner_tags)
        else:
            fits = _when(line.when, declared, actual)
        if fits:
            return Judged(line.says, line.severity)
        other = OTHER_WAY.get(line.when)
        if other and _when(other, declared, actual):
            return SAFER
    return OTHERWISE


def _owner(tags: Any, names: Sequence[str]) -> str | None:
    found = tagged(tags, names) if isinstance(tags, Mapping) else None
    return found[1] if found else None


def _when(when: When, declared: Any, actual: Any) -> bool:
    if when == "any":
        return True
    if when == "off":
        return _less(declared, actual) or (bare(declared) is not None and bare(actual) is None)
    if when == "on":
        return _less(actual, declared) or (bare(declared) is None and bare(actual) is not None)
    if when in ("lower", "higher"):
        if not isinstance(declared, int | float) or not isinstance(actual or 0, int | float):
            return False
        change = float(actual or 0) - float(declared)
        return change < 0 if when == "lower" else change > 0
    if when in ("grants_more", "grants_less"):
        return way(declared, actual) == ("wider" if when == "grants_more" else "narrower")
    if when == "wider":
        return _wider(declared, actual)
    return bool(_words(declared) - _words(actual))


def _wider(declared: Any, actual: Any) -> bool:
    """Whether there is something that was not declared; of networks, one that is not within it."""
    if not (isinstance(declared, str) and isinstance(actual, str)):
        return bool(_words(actual) - _words(declared))
    try:
        before, now = ip_network(declared, strict=False), ip_network(actual, strict=False)
    except ValueError:
        return bool(_words(actual) - _words(declared))
    return before.version != now.version or not now.subnet_of(before)  # type: ignore[arg-type]


def _less(declared: Any, actual: Any) -> bool:
    """Whether a setting was lost: a member that was on is off, or a status word left Enabled."""
    if isinstance(declared, list) and isinstance(actual, list) and declared and actual:
        pairs = [
            (d, a)
            for d, a in zip(declared, actual, strict=False)
            if isinstance(d, dict) and isinstance(a, dict)
        ]
        return any(
            (value is True and not found.get(name))
            or (isinstance(value, str) and value in ON and found.get(name) not in ON)
            or (isinstance(value, list) and _less(value, found.get(name) or [{}]))
            for wanted, found in pairs
            for name, value in wanted.items()
        )
    return isinstance(declared, str) and declared in ON and actual not in ON


def _words(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {f"{key}={inner}" for key, inner in value.items()}
    if value is None:
        return set()
    return {str(item) for item in value} if isinstance(value, list) else {str(value)}
