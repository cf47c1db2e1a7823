"""Rules of EventBridge that an alarm's change of state sets off: they tell of an alarm that has no action.

In: rows and what was seen. Out: for an alarm the targets that are told, and whether surely.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from scanner.derive.event_pattern import matches
from scanner.seen import Seen

RULE, TARGET = "aws_cloudwatch_event_rule", "aws_cloudwatch_event_target"
BUS = "default"
"""The bus on which AWS's own events are."""
KIND = {"source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change"}


class AlarmEvents:
    """Who is told of every alarm by a rule."""

    def __init__(self, rows: Sequence[Any], seen: Seen) -> None:
        self._seen = seen
        self._rules: dict[tuple[str, str], list[Any]] = defaultdict(list)
        self._targets: dict[tuple[str, str, str], list[tuple[str, bool]]] = defaultdict(list)
        for row in rows:
            if row.type == RULE and _may_ring(row):
                self._rules[row.account, row.region].append(row)
            elif row.type == TARGET:
                to = str(row.attributes.get("target_arn") or "")
                target = to, bool(row.attributes.get("role_arn"))
                self._targets[row.account, row.region, row.parent_id].append(target)

    def of(self, alarm: Any) -> list[tuple[Any, str, bool, bool]]:
        """The rule, the target, whether a role is taken to reach it and whether the rule surely takes it, for
        each that is told of an alarm."""
        rings = {
            **KIND, "account": alarm.account, "region": alarm.region, "resources": [alarm.resource],
            "detail": {
                "alarmName": alarm.name, "state": {"value": "ALARM"},
            },
        }  # fmt: skip
        found: list[tuple[Any, str, bool, bool]] = []
        for rule in self._rules[alarm.account, alarm.region]:
            taken = matches(rule.attributes["event_pattern"], rings)
            if taken is not False:
                told = self._targets[alarm.account, alarm.region, rule.id]
                found.extend((rule, to, role, taken is True) for to, role in told)
        return found

    def hidden(self, alarm: Any) -> str:
        """Why such a rule may not have been seen, or ``."""
        where = (alarm.account, alarm.region)
        return self._seen.listed(RULE, *where) or self._seen.listed(TARGET, *where)


def _may_ring(rule: Any) -> bool:
    a = rule.attributes
    pattern = a.get("event_pattern")
    if not isinstance(pattern, dict) or not a.get("is_enabled"):
        return False
    bus = str(a.get("event_bus_name") or BUS)
    kind = {name: pattern[name] for name in KIND if name in pattern}
    # what names neither takes events of every sort
    return bus == BUS and matches(kind, KIND) is not False
