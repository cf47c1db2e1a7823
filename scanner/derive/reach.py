"""What each resource's failures reach: from an alarm that should be there to somebody who hears it.

In: rows, what was seen, and whom each alarm tells. Out: one `Reach` a resource and intent that is asked of
it, with the best way of all its alarms and the first hop that is broken on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scanner.derive.beside import Beside
from scanner.derive.measured import Metric, metrics, unread
from scanner.derive.recommended import Recommended, applies, by_type, document, table, values
from scanner.derive.speaking import ALARMS, METRIC_ALARM, Speaking
from scanner.derive.way import Verdict, Way, best
from scanner.seen import GLOBAL, Seen

HOME = "us-east-1"
"""Where the metrics of what has no region are (CloudFront, Route 53)."""
SPREAD = frozenset({"Sum", "SampleCount"})
"""Statistics that a bound of one value says nothing about."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether anybody would hear of one thing that a resource may do."""

    resource: str
    intent: str
    tier: int
    verdict: Verdict
    broken: str
    says: str
    alarm: str | None
    via: str
    """direct | math | anomaly | query | aggregate, with `composite` behind it, or what tells of it beside
    alarms on its metrics (derive.beside): logs | own | probe | event | failed; `` for none."""
    path: tuple[str, ...]

    @property
    def happens(self) -> str:
        """What nobody would hear of, in words."""
        return table().intent[self.intent]


Looking = tuple[Any, Metric]
"""An alarm and one metric that it looks at."""


class _Watched:
    """Alarms by what they look at: a dimension's value, or all there is of a metric."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._at: dict[tuple[str, ...], list[Looking]] = defaultdict(list)
        self._unread: dict[tuple[str, str], list[tuple[Any, str]]] = defaultdict(list)
        for alarm in rows:
            if alarm.type == METRIC_ALARM:
                if text := unread(alarm):
                    self._unread[alarm.account, alarm.region].append((alarm, text))
                for metric in metrics(alarm):
                    key = (metric.account, alarm.region, metric.namespace, metric.name)
                    if metric.every or not metric.dimensions:
                        self._at[key].append((alarm, metric))
                    else:
                        for pair in metric.dimensions.items():
                            self._at[*key, *pair].append((alarm, metric))

    def of(
        self, line: Recommended, account: str, region: str, of: Mapping[str, Any]
    ) -> list[Looking]:
        """Those that may be what the line recommends for a resource."""
        key = (account, region, line.namespace, line.metric)
        found = list(self._at.get(key, ()))
        for alarm, text in self._unread.get((account, region), ()):
            if line.metric in text:
                named = Metric(
                    line.namespace, line.metric, {}, "query", account, every=True, sure=False
                )
                found.append((alarm, named))
        for dimensions in (line.dimensions, *line.also):
            # a constant says nothing of which resource it is
            told = [(n, path) for n, path in dimensions.items() if path and path[0] != "'"]
            for name, path in told[:1]:
                for value in values(path, of):
                    found += self._at.get((*key, name, value), ())
        return found


def reach(rows: Sequence[Any], seen: Seen, speaking: Speaking, tier: int) -> list[Reach]:
    """Every resource and intent up to `tier`. What AWS made, or another resource made, is not asked."""
    watched = _Watched(rows)
    beside = Beside(rows, seen, speaking)
    containers = {(row.account, row.type, row.id): row for row in rows}
    found = []
    for row in rows:
        intents = by_type().get(row.type)
        if not intents or row.origin:
            continue
        of = document(row, containers.get((row.account, row.parent_type, row.parent_id)))
        for intent, lines in intents.items():
            asked = [(line, applies(line, row, of)) for line in lines]
            wanted = [line for line, needed in asked if needed and line.tier <= tier]
            if wanted:
                serving = [line for line, needed in asked if needed]
                found.append(
                    _reach(row, intent, wanted, serving, of, watched, seen, speaking, beside)
                )
            elif any(needed is None and line.tier <= tier for line, needed in asked):
                says = "whether it needs such an alarm was not read"
                low = min(line.tier for line, needed in asked if needed is None)
                found.append(
                    Reach(row.resource, intent, low, "unknown", "alarm", says, None, "", ())
                )
    return found


def _reach(
    row: Any,
    intent: str,
    wanted: Sequence[Recommended],
    serving: Sequence[Recommended],
    of: Mapping[str, Any],
    watched: _Watched,
    seen: Seen,
    speaking: Speaking,
    beside: Beside,
) -> Reach:
    region = HOME if row.region == GLOBAL else row.region
    by_way: dict[Way, str] = {}
    turned = set()
    for line in serving:
        for alarm, metric in watched.of(line, row.account, region, of):
            kind, sure = _looks_at(line, metric, of)
            if (
                not kind
                and metric.below is not None
                and _looks_at(line, replace(metric, below=None), of)[0]
            ):
                turned.add(
                    f"{alarm.name} rings when {line.metric} is {'high' if line.below else 'low'}"
                )
            if kind:
                way = _certain(speaking.of(alarm), alarm, sure, _deaf(line, alarm, metric))
                passing = len(way.path) > 1 and ":alarm:" in way.path[1]
                by_way[way] = f"{kind} composite" if passing else kind
    by_way |= dict(beside.ways(row, intent, of))
    names = sorted({line.metric for line in wanted})
    hidden = seen.listed(METRIC_ALARM, row.account, region) or beside.hidden(row, intent)
    says = f"no alarm looks at {' or '.join(names)}"
    if turned:
        says = f"no alarm rings when it should: {sorted(turned)[0]}"
    none = Way("no", "alarm", says)
    if hidden:
        none = Way("unknown", "alarm", f"whether an alarm looks at it was not seen: {hidden}")
    found = best([*by_way, *([none] if hidden else [])], none)
    if found.verdict == "no":
        lines = [(line.namespace, line.metric) for line in serving]
        found = beside.elsewhere(row, region, intent, of, lines) or found
    return Reach(
        row.resource, intent, min(line.tier for line in wanted), found.verdict, found.broken,
        found.says, found.path[0] if found in by_way else None, by_way.get(found, ""), found.path,
    )  # fmt: skip


def _looks_at(line: Recommended, metric: Metric, of: Mapping[str, Any]) -> tuple[str, bool]:
    """How a metric is the one that the line recommends for a resource, `` where it is not; and surely."""
    if metric.below is not None and metric.below is not line.below:
        return "", True
    if metric.every:
        keyed = {name for name, path in line.dimensions.items() if path}
        if metric.keys and not keyed <= metric.keys:
            return "", True
        sure = metric.sure
        for name, value in metric.dimensions.items():
            path = line.dimensions.get(name, "")
            if not path:
                sure = False
            elif value not in values(path, of):
                return "", True
        return "query", sure
    if _named(line.dimensions, metric, of):
        aggregate = not line.dimensions
        return ("aggregate" if aggregate else metric.way), True
    other = any(
        metric.dimensions[name] not in values(path, of)
        for name, path in line.dimensions.items()
        if path and name in metric.dimensions
    )
    if not other and any(_named(dimensions, metric, of) for dimensions in line.also):
        return "aggregate", True
    return "", True


def _named(dimensions: Mapping[str, str], metric: Metric, of: Mapping[str, Any]) -> bool:
    keyed = {name: path for name, path in dimensions.items() if path}
    if not keyed:
        return not metric.dimensions
    return all(metric.dimensions.get(name) in values(path, of) for name, path in keyed.items())


def _deaf(line: Recommended, alarm: Any, metric: Metric) -> str:
    """Why the alarm can never ring, in words, `` where it can."""
    a = alarm.attributes
    threshold = a.get("threshold")
    if metric.way != "direct" or threshold is None or a.get("statistic") in SPREAD:
        return ""
    strict = not str(a.get("comparison_operator")).endswith("OrEqualToThreshold")
    most, least = line.most, line.least
    if not line.below and most is not None and (threshold > most or (strict and threshold == most)):
        return f"{metric.name} is never above {most:g}, and it waits for more than {threshold:g}"
    if line.below and least is not None and (
        threshold < least or (strict and threshold == least)
    ):  # fmt: skip
        return f"{metric.name} is never below {least:g}, and it waits for less than {threshold:g}"
    return ""


def _certain(way: Way, alarm: Any, sure: bool, deaf: str) -> Way:
    if deaf:
        return Way("no", "alarm", f"the alarm {alarm.name} can never ring: {deaf}", way.path[:1])
    if not sure and way.verdict == "yes":
        says = f"whether the query of the alarm {alarm.name} chooses it cannot be read"
        return Way("unknown", "alarm", says, way.path[:1])
    return way


@dataclass(frozen=True, slots=True)
class AlarmWay:
    """Whom one alarm tells."""

    alarm: str
    verdict: Verdict
    broken: str
    says: str
    deaf: str
    """Why it can never ring, or ``."""
    muted: str
    """The mute rule that silences it at every hour and without an end, or ``."""
    path: tuple[str, ...]


def alarm_ways(rows: Sequence[Any], speaking: Speaking) -> list[AlarmWay]:
    """Whom every alarm that somebody made tells, and which can never ring."""
    lines = {(line.namespace, line.metric): line for line in reversed(table().alarm)}
    found = []
    for row in rows:
        if row.type in ALARMS and not row.origin:
            way = speaking.of(row)
            seen = metrics(row) if row.type == METRIC_ALARM else []
            known = [(lines.get((m.namespace, m.name)), m) for m in seen]
            deaf = next((why for line, m in known if line and (why := _deaf(line, row, m))), "")
            muted = speaking.muted_by(row)
            found.append(
                AlarmWay(row.resource, way.verdict, way.broken, way.says, deaf, muted, way.path)
            )
    return found
