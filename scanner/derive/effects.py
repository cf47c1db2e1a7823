"""What a changed attribute means: severity follows the effect, not the type."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from scanner.catalog.kinds import bare
from scanner.derive.tags import tagged
from scanner.model import Severity

When = Literal["any", "off", "on", "lower", "higher", "wider", "fewer", "owner"]


class Effect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of effects.toml."""

    attribute: str
    says: str
    severity: Severity
    type: str = "*"
    when: When = "any"


@dataclass(frozen=True, slots=True)
class Judged:
    """The effect of one change."""

    says: str
    severity: Severity | Literal[""]


NONE = Judged("", "")
"""Of what has not changed."""
OTHERWISE = Judged("the configuration differs from its declaration", "medium")


@lru_cache(maxsize=1)
def effects() -> tuple[Effect, ...]:
    """The table, in order: the first line that fits says what a change means."""
    text = Path(__file__).with_name("effects.toml").read_text(encoding="utf-8")
    return tuple(msgspec.convert(tomllib.loads(text)["effect"], list[Effect]))


def effect(
    type_: str, attribute: str, declared: Any, actual: Any, owner_tags: Sequence[str] = ()
) -> Judged:
    """What it means that AWS has `actual` where `declared` was asked for."""
    for line in _lines(type_, attribute):
        if line.when == "owner":
            fits = _owner(declared, owner_tags) != _owner(actual, owner_tags)
        else:
            fits = _when(line.when, declared, actual)
        if fits:
            return Judged(line.says, line.severity)
    return OTHERWISE


@cache
def _lines(type_: str, attribute: str) -> tuple[Effect, ...]:
    """The lines about an attribute of a type."""
    return tuple(
        line
        for line in effects()
        if fnmatchcase(type_, line.type) and fnmatchcase(attribute, line.attribute)
    )


def _owner(tags: Any, names: Sequence[str]) -> str | None:
    found = tagged(tags, names) if isinstance(tags, Mapping) else None
    return found[1] if found else None


def _when(when: When, declared: Any, actual: Any) -> bool:
    if when == "any":
        return True
    if when == "off":
        return _less(declared, actual) or (bare(declared) is not None and bare(actual) is None)
    if when == "on":
        return bare(declared) is None and bare(actual) is not None
    if when in ("lower", "higher"):
        if not isinstance(declared, int | float) or not isinstance(actual or 0, int | float):
            return False
        change = float(actual or 0) - float(declared)
        return change < 0 if when == "lower" else change > 0
    wanted, found = _words(declared), _words(actual)
    return bool(found - wanted) if when == "wider" else bool(wanted - found)


def _less(declared: Any, actual: Any) -> bool:
    """Whether a block lost a setting: a member that was on is off, or a status word left Enabled."""
    if isinstance(declared, list) and isinstance(actual, list) and declared and actual:
        pairs = [(d, a) for d, a in zip(declared, actual, strict=False) if isinstance(d, dict)]
        return any(
            (value is True and not found.get(name))
            or (value == "Enabled" and found.get(name) != "Enabled")
            for wanted, found in pairs
            for name, value in wanted.items()
        )
    return bool(declared == "Enabled" and actual != "Enabled")


def _words(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {f"{key}={inner}" for key, inner in value.items()}
    return {str(item) for item in value} if isinstance(value, list) else {str(value)}
