"""Rules of EventBridge that what AWS tells of itself sets off: an alarm's change of state, or another event.

In: rows and what was seen. Out: for an event, or an alarm, what is told of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from scanner.derive.event_pattern import matches
from scanner.seen import Seen

RULE, TARGET = "aws_cloudwatch_event_rule", "aws_cloudwatch_event_target"
BUS = "default"
"""The bus on which AWS's own events are."""
KIND = {"source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change"}

Told = tuple[Any, str, bool, bool]
"""The rule, the target, whether a role is taken to reach it, and whether the rule surely takes the event."""


class EventRules:
    """Who is told of every event of one source and kind."""

    def __init__(self, rows: Sequence[Any], seen: Seen, kind: Mapping[str, str]) -> None:
        self._seen, self._kind = seen, kind
        self._rules: dict[tuple[str, str], list[Any]] = defaultdict(list)
        self._targets: dict[tuple[str, str, str], list[tuple[str, bool]]] = defaultdict(list)
        for row in rows:
            if row.type == RULE and _may_take(row, kind):
                self._rules[row.account, row.region].append(row)
            elif row.type == TARGET:
                to = str(row.attributes.get("target_arn") or "")
                target = to, bool(row.attributes.get("role_arn"))
                self._targets[row.account, row.region, row.parent_id].append(target)

    def of(self, account: str, region: str, happens: Mapping[str, Any]) -> list[Told]:
        """What is told of an event, and by which rule."""
        found: list[Told] = []
        for rule in self._rules.get((account, region), ()):
            taken = matches(rule.attributes["event_pattern"], {**self._kind, **happens})
            if taken is not False:
                told = self._targets.get((account, region, rule.id), ())
                found.extend((rule, to, role, taken is True) for to, role in told)
        return found

    def hidden(self, account: str, region: str) -> str:
        """Why such a rule may not have been seen, or ``."""
        return self._seen.listed(RULE, account, region) or self._seen.listed(
            TARGET, account, region
        )


class AlarmEvents:
    """Who is told of every alarm by a rule: also of one that has no action."""

    def __init__(self, rows: Sequence[Any], seen: Seen) -> None:
        self._rules = EventRules(rows, seen, KIND)

    def of(self, alarm: Any) -> list[Told]:
        """What is told of an alarm that rings, and by which rule."""
        rings = {
            "account": alarm.account, "region": alarm.region, "resources": [alarm.resource],
            "detail": {"alarmName": alarm.name, "state": {"value": "ALARM"}},
        }  # fmt: skip
        return self._rules.of(alarm.account, alarm.region, rings)

    def hidden(self, alarm: Any) -> str:
        """Why such a rule may not have been seen, or ``."""
        return self._rules.hidden(alarm.account, alarm.region)


def _may_take(rule: Any, kind: Mapping[str, str]) -> bool:
    a = rule.attributes
    pattern = a.get("event_pattern")
    if not isinstance(pattern, dict) or not a.get("is_enabled"):
        return False
    bus = str(a.get("event_bus_name") or BUS)
    asked = {name: pattern[name] for name in kind if name in pattern}
    # what names neither takes events of every sort
    return bus == BUS and matches(asked, kind) is not False
