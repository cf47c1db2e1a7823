"""Alarms that somebody should hear, by resource type: alarms.toml, and which of them a resource needs."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from scanner.catalog.path import told
from scanner.catalog.reads import reads

Missing = Literal["missing", "breaching", "notBreaching", "ignore"]


class Recommended(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of alarms.toml."""

    type: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    also: tuple[Mapping[str, str], ...] = ()
    intent: str
    tier: int
    applies: str = ""
    statistic: str
    compare: Literal[">", ">=", "<", "<="]
    threshold: float | None = None
    most: float | None = None
    least: float | None = None
    period: int
    periods: int
    datapoints: int
    missing: Missing
    source: str
    """A name of `Table.source`."""

    @property
    def below(self) -> bool:
        """Whether it rings when the metric is low."""
        return self.compare.startswith("<")


class Log(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a type's own words are."""

    type: str
    groups: str
    """Path over its row: names or ARNs of log groups."""


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a subscription to RDS's events tells of."""

    type: str
    source: str
    intent: str
    categories: tuple[str, ...]


class Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a service tells EventBridge of a resource when something happens to it."""

    type: str
    intent: str
    source: str
    kind: str
    """Its `detail-type`."""
    detail: Mapping[str, str]
    """What is known of its detail, as paths over the row."""
    applies: str = ""


class Watcher(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may watch from outside, known by what a role of the account trusts: an account, or a service."""

    trusts: str
    name: str


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who recommends, and where and when that was read."""

    read: date
    url: str
    title: str


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """alarms.toml."""

    alarm: tuple[Recommended, ...]
    log: tuple[Log, ...]
    log_intents: frozenset[str]
    event: tuple[Event, ...]
    told: tuple[Told, ...]
    watcher: tuple[Watcher, ...]
    known: tuple[str, ...]
    """Namespaces that AWS fills, as patterns, but for those of `own`."""
    own: frozenset[str]
    source: Mapping[str, Source]
    intent: Mapping[str, str]
    """Of each intent, what nobody would hear of."""


@lru_cache(maxsize=1)
def table() -> Table:
    """Every recommended alarm."""
    text = Path(__file__).with_name("alarms.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Table)


@lru_cache(maxsize=1)
def by_type() -> Mapping[str, Mapping[str, Sequence[Recommended]]]:
    """Type to intent to the alarms that would tell of it."""
    found: dict[str, dict[str, list[Recommended]]] = defaultdict(lambda: defaultdict(list))
    for line in table().alarm:
        found[line.type][line.intent].append(line)
    return found


def recommended_rows() -> list[dict[str, Any]]:
    """The rows of the snapshot's table `recommended_alarms`."""
    names = (
        "type", "namespace", "metric", "intent", "tier", "applies", "statistic", "threshold",
        "period", "periods", "datapoints", "missing",
    )  # fmt: skip
    return [
        {
            **{name: getattr(line, name) for name in names},
            "dimensions": list(line.dimensions),
            "comparison": line.compare,
            "source": table().source[line.source].title,
            "read": table().source[line.source].read.isoformat(),
        }
        for line in table().alarm
    ]


def document(row: Any, parent: Any) -> dict[str, Any]:
    """What the paths of alarms.toml point into."""
    own = {
        **row.attributes, "id": row.id, "name": row.name, "key": row.key, "tags": row.tags or {},
    }  # fmt: skip
    return own if parent is None else {**own, "parent": document(parent, None)}


def applies(line: Recommended, row: Any, of: Mapping[str, Any]) -> bool | None:
    """Whether a resource needs the alarm; None where what decides it, or is its dimension, was not read."""
    paths = (line.applies, *line.dimensions.values())
    if not reads(row.type, *paths) <= row.attributes.keys():
        return None
    return bool(told(line.applies, of)) if line.applies else True


def values(path: str, of: Mapping[str, Any]) -> tuple[str, ...]:
    """What a dimension may be for a resource."""
    found = told(path, of)
    if found is None:
        return ()
    return tuple(map(str, found)) if isinstance(found, list) else (str(found),)
