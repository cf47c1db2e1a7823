"""Declared beside actual: for a policy, a set or a map, only the lines in which they differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from scanner.tell import words
from scanner.tell.encode import compact

ROWS = 200
"""Lines shown of one difference; the rest is counted."""
CELL = 2000
"""Characters shown of one value; the rest is counted."""
_TEXT_LINES = 500

ABSENT = "not there"


@dataclass(frozen=True, slots=True)
class Row:
    """One place where the two differ; None where a side has nothing there."""

    path: str
    declared: str | None
    actual: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """The lines that differ, and how many more there are than are shown."""

    rows: tuple[Row, ...]
    more: int


def difference(attribute: str, declared: Any, actual: Any) -> Difference:
    """Where `declared` and `actual` differ, in lines that start with the attribute's path."""
    rows = list(_differ(attribute, _parsed(declared), _parsed(actual)))
    if not rows:
        rows = [Row(attribute, shown(declared), shown(actual))]
    return Difference(tuple(rows[:ROWS]), max(0, len(rows) - ROWS))


def shown(value: Any) -> str:
    """A value as a reader sees it: text as it is, the rest as JSON."""
    if isinstance(value, str):
        return words.clip(value, CELL) if value else '""'
    return words.clip(compact(value), CELL)


def _parsed(value: Any) -> Any:
    """A JSON document kept as text, taken apart."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _differ(path: str, left: Any, right: Any, depth: int = 0) -> Iterator[Row]:
    if left == right and type(left) is type(right):
        return
    if depth < 12 and isinstance(left, Mapping) and isinstance(right, Mapping):
        yield from _differ_maps(path, left, right, depth)
    elif depth < 12 and _is_list(left) and _is_list(right):
        yield from _differ_lists(path, left, right, depth)
    elif isinstance(left, str) and isinstance(right, str) and "\n" in left + right:
        yield from _differ_texts(path, left, right)
    else:
        yield Row(path, shown(left), shown(right))


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _differ_maps(
    path: str, left: Mapping[str, Any], right: Mapping[str, Any], depth: int
) -> Iterator[Row]:
    for key in sorted({*left, *right}, key=str):
        below = f"{path}.{key}" if path else str(key)
        if key not in right:
            yield Row(below, shown(left[key]), None)
        elif key not in left:
            yield Row(below, None, shown(right[key]))
        else:
            yield from _differ(below, left[key], right[key], depth + 1)


def _differ_lists(
    path: str, left: Sequence[Any], right: Sequence[Any], depth: int
) -> Iterator[Row]:
    """Equal elements cancel out wherever they stand; objects that remain are paired in order."""
    gone, come = _only_in(left, right), _only_in(right, left)
    if not gone and not come:
        yield Row(f"{path}[] (order)", shown(left), shown(right))
        return
    paired = min(len(gone), len(come))
    objects = all(isinstance(item, Mapping) for item in gone + come)
    if objects and len(gone) == len(come):
        for number, (before, after) in enumerate(zip(gone, come, strict=True)):
            where = f"{path}[{number}]" if paired > 1 else f"{path}[]"
            yield from _differ(where, before, after, depth + 1)
        return
    for item in gone:
        yield Row(f"{path}[]", shown(item), None)
    for item in come:
        yield Row(f"{path}[]", None, shown(item))


def _only_in(these: Sequence[Any], those: Sequence[Any]) -> list[Any]:
    others: dict[str, int] = {}
    for item in those:
        others[compact(item)] = others.get(compact(item), 0) + 1
    only = []
    for item in these:
        key = compact(item)
        if others.get(key):
            others[key] -= 1
        else:
            only.append(item)
    return only


def _differ_texts(path: str, left: str, right: str) -> Iterator[Row]:
    before, after = left.split("\n"), right.split("\n")
    if max(len(before), len(after)) > _TEXT_LINES:
        yield Row(path, shown(left), shown(right))
        return
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        for step in range(max(i2 - i1, j2 - j1)):
            old = before[i1 + step] if i1 + step < i2 else None
            new = after[j1 + step] if j1 + step < j2 else None
            line = (j1 if old is None else i1) + step + 1
            yield Row(f"{path} line {line}", _clipped(old), _clipped(new))


def _clipped(line: str | None) -> str | None:
    return None if line is None else words.clip(line, CELL)
