"""Whether an EventBridge pattern lets an event through, as far as that is known here.

None where it is not: a comparison that is not read, or a field that the event has and we do not know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scanner.derive.selection import every, like


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool | None:
    """Whether the event passes: every field of the pattern must."""
    return every(
        None if name == "$or" or name not in event else _field(wanted, event[name])
        for name, wanted in pattern.items()
    )


def _field(wanted: Any, value: Any) -> bool | None:
    if isinstance(wanted, Mapping):
        return matches(wanted, value) if isinstance(value, Mapping) else False
    if not isinstance(wanted, list):
        return None
    held = value if isinstance(value, list) else [value]
    return _any(_one(choice, one) for choice in wanted for one in held)


def _one(choice: Any, value: Any) -> bool | None:
    """Whether one value is one of a pattern's choices."""
    if not isinstance(choice, Mapping):
        return bool(choice == value)
    if len(choice) != 1 or not isinstance(value, str):
        return None
    ((how, what),) = choice.items()
    if how == "anything-but" and isinstance(what, str | list):
        return value not in ([what] if isinstance(what, str) else what)
    if how == "exists":
        return bool(what)
    if not isinstance(what, str):
        return None
    if how == "prefix":
        return value.startswith(what)
    if how == "suffix":
        return value.endswith(what)
    if how == "equals-ignore-case":
        return value.lower() == what.lower()
    if how == "wildcard" and "\\" not in what:
        return like(value, what)
    return None


def _any(found: Iterable[bool | None]) -> bool | None:
    told = list(found)
    return True if True in told else None if None in told else False
