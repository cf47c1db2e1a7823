"""Which alarm watches which resource, and whether anybody may hear it.

An alarm covers what its dimensions name, directly or in a metric of its expression, whatever the metric; and
what it, or a metric stream, may tell of without naming it (reach).
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from scanner.derive.db_events import DbEvents
from scanner.derive.measured import metrics
from scanner.derive.reach import Reach
from scanner.derive.speaking import Speaking
from scanner.seen import GLOBAL, Seen


@dataclass(frozen=True, slots=True)
class Cover:
    """One alarm, metric stream or event subscription that watches one resource."""

    alarm: str
    resource: str
    speaks: bool


@lru_cache(maxsize=1)
def dimensions() -> Mapping[tuple[str, str], Sequence[tuple[str, str]]]:
    """(namespace, dimension) to (type, attribute): which resources a dimension may name."""
    text = Path(__file__).with_name("dimensions.toml").read_text(encoding="utf-8")
    found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for line in tomllib.loads(text)["dimension"]:
        found[line["namespace"], line["dimension"]].append((line["type"], line["by"]))
    return found


def covers(
    rows: Sequence[Any], seen: Seen, speaking: Speaking, reached: Sequence[Reach]
) -> list[Cover]:
    """Every pair of alarm and resource it watches, in the alarm's own account and region."""
    named: dict[tuple[str, str, str, str], str] = {}
    of_type: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        of_type[row.type].append(row)
    for type_, by in {pair for pairs in dimensions().values() for pair in pairs}:
        for row in of_type.get(type_, ()):
            value = getattr(row, by, None) if by in ("id", "name", "key") else None
            value = row.attributes.get(by) if value is None else value
            if value:
                named[row.account, row.region, type_, str(value)] = row.resource
    found: dict[tuple[str, str], Cover] = {}
    for alarm in rows:
        if alarm.type != "aws_cloudwatch_metric_alarm":
            continue
        says = speaking.of(alarm).verdict != "no"
        for metric in metrics(alarm):
            for dimension, value in metric.dimensions.items():
                for type_, _ in dimensions().get((metric.namespace, dimension), ()):
                    for region in (alarm.region, GLOBAL):
                        resource = named.get((metric.account, region, type_, value))
                        if resource:
                            found[alarm.resource, resource] = Cover(alarm.resource, resource, says)
    events = DbEvents(rows, seen, speaking)
    for row in rows:
        for way in events.of(row):
            found[way.path[0], row.resource] = Cover(way.path[0], row.resource, way.verdict != "no")
    for one in reached:
        if one.verdict != "no" and one.path:
            found[one.path[0], one.resource] = Cover(one.path[0], one.resource, True)
    return [found[key] for key in sorted(found)]
