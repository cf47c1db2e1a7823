"""The calls that are made for one item, and why AWS has nothing better: `per_item.toml`, read."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from scanner.catalog import ResourceType
from scanner.catalog.path import holes

from . import models

FILE = Path(__file__).with_name("per_item.toml")


class Because(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reason, and the `service.operation` it holds for."""

    why: str
    calls: tuple[str, ...]


class Reasons(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    because: tuple[Because, ...]
    one: Mapping[str, str]
    """Operations that tell of one thing although their model requires nothing, and of which."""


@cache
def reasons() -> Reasons:
    """The reviewed reasons."""
    return msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8")), Reasons)


def singles(kind: ResourceType) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The calls of a type that are made for one item or one parent, with their parameters."""
    if kind.parent:
        yield kind.list, kind.params
    for call in kind.calls:
        if not call.match and not call.once and call.size == 1:
            yield call.call, call.params


def could_ask_for_many(call: str, params: Mapping[str, Any]) -> bool:
    """Whether botocore's model lets the call be made without what the item gives, or with a list of it."""
    operation = models.operation(call)
    shape = operation.input_shape if operation else None
    if shape is None:
        return True
    given = [name for name, value in params.items() if _from_item(value)]
    return not set(given) & set(shape.required_members) or any(
        shape.members[name].type_name == "list" for name in given
    )


def _from_item(value: Any) -> bool:
    if isinstance(value, str):
        return bool(holes(value))
    inner = (
        value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    )
    return any(map(_from_item, inner))
