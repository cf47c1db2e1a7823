"""Which alarm watches which resource, and whether it speaks.

An alarm covers what its dimensions name, directly or in a metric of its expression. It speaks when its
actions are on and it has one, or when a composite alarm that speaks names it.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

_CHILD = re.compile(r"""(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*["']?([^"')]+)["']?\s*\)""")
SPEAKING = ("alarm_actions", "ok_actions", "insufficient_data_actions")


@dataclass(frozen=True, slots=True)
class Cover:
    """One alarm that watches one resource."""

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


def covers(rows: Sequence[Any]) -> list[Cover]:
    """Every pair of alarm and resource it watches, in the alarm's own account and region."""
    named: dict[tuple[str, str, str, str], str] = {}
    for type_, by in {pair for pairs in dimensions().values() for pair in pairs}:
        for row in rows:
            if row.type == type_:
                value = getattr(row, by, None) if by in ("id", "name", "key") else None
                value = row.attributes.get(by) if value is None else value
                if value:
                    named[row.account, row.region, type_, str(value)] = row.resource
    spoken = _spoken_for(rows)
    found: dict[tuple[str, str], Cover] = {}
    for alarm in rows:
        if alarm.type != "aws_cloudwatch_metric_alarm":
            continue
        says = speaks(alarm) or alarm.name in spoken[alarm.account, alarm.region]
        for namespace, pairs in _metrics(alarm):
            for dimension, value in pairs.items():
                for type_, _ in dimensions().get((namespace, dimension), ()):
                    for region in (alarm.region, "global"):
                        resource = named.get((alarm.account, region, type_, value))
                        if resource:
                            found[alarm.resource, resource] = Cover(alarm.resource, resource, says)
    return [found[key] for key in sorted(found)]


def speaks(alarm: Any) -> bool:
    """Whether the alarm's own actions are on and it has one."""
    a = alarm.attributes
    return bool(a.get("actions_enabled")) and any(a.get(name) for name in SPEAKING)


def _spoken_for(rows: Sequence[Any]) -> Mapping[tuple[str, str], set[str]]:
    """Names of alarms that a speaking composite alarm watches, by account and region."""
    children: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        if row.type == "aws_cloudwatch_composite_alarm" and speaks(row):
            rule = str(row.attributes.get("alarm_rule") or "")
            names = {name.rsplit(":", 1)[-1] for name in _CHILD.findall(rule)}
            children[row.account, row.region] |= names
    return children


def _metrics(alarm: Any) -> list[tuple[str, Mapping[str, str]]]:
    """(namespace, dimensions) of the alarm's metric, or of every metric in its expression."""
    a = alarm.attributes
    found: list[tuple[str, Mapping[str, str]]] = [
        (str(a.get("namespace") or ""), dict(a.get("dimensions") or {}))
    ]
    for query in a.get("metrics") or []:
        metric = (query.get("MetricStat") or {}).get("Metric") or {}
        pairs = {d.get("Name"): d.get("Value") for d in metric.get("Dimensions") or []}
        found.append((str(metric.get("Namespace") or ""), pairs))
    return found
