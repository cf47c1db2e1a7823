"""What a service tells EventBridge of a resource, and the rules that pass it on to somebody.

In: rows and what was seen. Which event tells of what is data (`told` in alarms.toml).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scanner.catalog.path import told
from scanner.derive.alarm_events import EventRules
from scanner.derive.letting import RULES
from scanner.derive.recommended import table, values
from scanner.derive.speaking import Speaking
from scanner.derive.way import Way
from scanner.seen import Seen


class ServiceEvents:
    """Who is told by a rule of EventBridge what happens to a resource."""

    def __init__(self, rows: Sequence[Any], seen: Seen, speaking: Speaking) -> None:
        self._speaking = speaking
        self._lines: dict[tuple[str, str], list[Any]] = defaultdict(list)
        self._rules: dict[tuple[str, str], EventRules] = {}
        for line in table().told:
            self._lines[line.type, line.intent].append(line)
            kind = (line.source, line.kind)
            if kind not in self._rules:
                self._rules[kind] = EventRules(
                    rows, seen, {"source": line.source, "detail-type": line.kind}
                )

    def of(self, row: Any, intent: str, document: Mapping[str, Any]) -> Iterator[Way]:
        """The ways by which somebody hears of one intent from the service itself."""
        for line in self._lines.get((row.type, intent), ()):
            if line.applies and not told(line.applies, document):
                continue
            detail = {name: list(values(path, document)) for name, path in line.detail.items()}
            happens = {"account": row.account, "region": row.region, "detail": detail}
            rules = self._rules[line.source, line.kind]
            for rule, to, role, sure in rules.of(row.account, row.region, happens):
                way = self._speaking.sent_to(to, row.account, None if role else RULES)
                if not sure and way.verdict == "yes":
                    says = f"whether the rule {rule.name} takes its events is not known"
                    way = Way("unknown", "action", says)
                yield way.past(rule.resource)

    def hidden(self, row: Any, intent: str) -> str:
        """Why such a rule may not have been seen, or ``."""
        lines = self._lines.get((row.type, intent), ())
        found = (self._rules[x.source, x.kind].hidden(row.account, row.region) for x in lines)
        return next((why for why in found if why), "")
