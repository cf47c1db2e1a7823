"""What tells of a resource, or may, although no alarm looks at the metrics that are recommended for it.

In: rows and what was seen. Out: the ways, each with the word for it, and why others may not have been seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scanner.derive.db_events import DbEvents
from scanner.derive.failed_calls import FailedCalls
from scanner.derive.log_alarms import LogAlarms
from scanner.derive.own_metrics import OwnMetrics
from scanner.derive.passed_on import PassedOn
from scanner.derive.probes import Probes
from scanner.derive.recommended import table
from scanner.derive.service_events import ServiceEvents
from scanner.derive.speaking import Speaking
from scanner.derive.way import Way
from scanner.seen import Seen


class Beside:
    """All such ways."""

    def __init__(self, rows: Sequence[Any], seen: Seen, speaking: Speaking) -> None:
        self._speaking = speaking
        self._passed_on = PassedOn(rows, seen)
        self._logs, self._own = LogAlarms(rows, seen), OwnMetrics(rows)
        self._probes = Probes(rows, seen)
        self._db, self._told = DbEvents(rows, seen, speaking), ServiceEvents(rows, seen, speaking)
        self._failed = FailedCalls(rows, seen, speaking)

    def ways(self, row: Any, intent: str, of: Mapping[str, Any]) -> Iterator[tuple[Way, str]]:
        """Each way, and how: logs | own | probe | event | failed."""
        if intent in table().log_intents:
            for alarm in self._logs.of(row, of):
                says = f"what the alarm {alarm.name} counts in its logs is not weighed"
                yield self._unweighed(alarm, says), "logs"
            for alarm in self._own.of(row):
                says = f"what the alarm {alarm.name} tells of it by a metric of your own is not weighed"
                yield self._unweighed(alarm, says), "own"
            for alarm in self._probes.of(row):
                says = (
                    f"what the health check behind the alarm {alarm.name} asks of it is not weighed"
                )
                yield self._unweighed(alarm, says), "probe"
        for way in (*self._db.of(row, intent), *self._told.of(row, intent, of)):
            yield way, "event"
        for way in self._failed.of(row, intent):
            yield way, "failed"

    def hidden(self, row: Any, intent: str) -> str:
        """Why such a way may not have been seen, or ``."""
        asked = intent in table().log_intents
        return (
            (self._logs.hidden(row) or self._probes.hidden(row) if asked else "")
            or self._db.hidden(row, intent)
            or self._told.hidden(row, intent)
            or self._failed.hidden(row, intent)
        )

    def elsewhere(
        self,
        row: Any,
        region: str,
        intent: str,
        of: Mapping[str, Any],
        metrics: Sequence[tuple[str, str]],
    ) -> Way | None:
        """Who may watch it where nothing was read, None where nobody can."""
        groups = self._logs.groups(row, of) if intent in table().log_intents else ()
        through, says = self._passed_on.of(row.account, region, metrics, groups)
        return Way("unknown", "alarm", says, through) if says else None

    def _unweighed(self, alarm: Any, says: str) -> Way:
        way = self._speaking.of(alarm)
        return Way("unknown", "alarm", says, way.path[:1]) if way.verdict == "yes" else way
