"""Alarms on health checks of Route 53: they tell of whatever answers to the name that is asked.

In: rows and what was seen. Out: for a resource the alarms on what asks a name of it, itself or by records.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from scanner.derive.measured import metrics
from scanner.derive.speaking import METRIC_ALARM
from scanner.seen import GLOBAL, Seen

CHECK, RECORD = "aws_route53_health_check", "aws_route53_record"
NAMED: Mapping[str, tuple[str, ...]] = {
    "aws_lb": ("dns_name",),
    "aws_cloudfront_distribution": ("domain_name", "aliases"),
}
"""What answers under a name, and the attributes that hold it."""
NAMESPACE, DIMENSION, HOME = "AWS/Route53", "HealthCheckId", "us-east-1"
"""Where Route 53 puts its metrics."""
MOST = 8
"""Records behind each other."""


class Probes:
    """Which alarms look at a health check of what."""

    def __init__(self, rows: Sequence[Any], seen: Seen) -> None:
        self._seen = seen
        self._targets: dict[str, set[str]] = defaultdict(set)
        asked: dict[tuple[str, str], str] = {}
        alarms = []
        for row in rows:
            a = row.attributes
            if row.type == RECORD and a.get("target"):
                self._targets[_name(a.get("host"))].add(_name(a["target"]))
            elif row.type == CHECK and a.get("fqdn"):
                asked[row.account, row.id] = _name(a["fqdn"])
            elif row.type == METRIC_ALARM and row.region == HOME:
                alarms.append(row)
        behind = {key: self._behind(name) for key, name in asked.items()}
        self._asked = {(account, one) for (account, _), names in behind.items() for one in names}
        self._alarms: dict[str, dict[str, Any]] = defaultdict(dict)
        for alarm in alarms:
            for m in metrics(alarm):
                key = (m.account, m.dimensions.get(DIMENSION, ""))
                for one in behind.get(key, ()) if m.namespace == NAMESPACE else ():
                    self._alarms[one][alarm.resource] = alarm

    def of(self, row: Any) -> list[Any]:
        """The alarms on health checks that ask a name of a resource."""
        found: dict[str, Any] = {}
        for name in _names(row):
            found |= self._alarms.get(name, {})
        return [found[name] for name in sorted(found)]

    def hidden(self, row: Any) -> str:
        """Why such an alarm may not have been seen, or ``."""
        if row.type not in NAMED:
            return ""
        places = [(CHECK, GLOBAL), (RECORD, GLOBAL)]
        if any((row.account, name) in self._asked for name in _names(row)):
            places.append((METRIC_ALARM, HOME))
        return next(
            (why for kind, at in places if (why := self._seen.listed(kind, row.account, at))), ""
        )

    def _behind(self, name: str) -> set[str]:
        """A name and all that records lead to from it."""
        found, waiting = {name}, {name}
        for _ in range(MOST):
            waiting = {to for one in waiting for to in self._targets.get(one, ())} - found
            found |= waiting
        return found


def _names(row: Any) -> set[str]:
    """The names that a resource answers to."""
    held = [row.attributes.get(attribute) or () for attribute in NAMED.get(row.type, ())]
    return {_name(name) for said in held for name in ([said] if isinstance(said, str) else said)}


def _name(said: Any) -> str:
    return str(said or "").lower().rstrip(".").removeprefix("dualstack.")
