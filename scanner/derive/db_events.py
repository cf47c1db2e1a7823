"""What RDS tells of a database by itself: to the topic of each event subscription that takes it.

In: rows and what was seen. Which category tells of what is data (`event` in alarms.toml).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from scanner.derive.letting import DATABASES
from scanner.derive.recommended import table
from scanner.derive.speaking import Speaking
from scanner.derive.way import Way
from scanner.seen import Seen

SUBSCRIPTION = "aws_db_event_subscription"


class DbEvents:
    """Who is told what happens to a database."""

    def __init__(self, rows: Sequence[Any], seen: Seen, speaking: Speaking) -> None:
        self._seen, self._speaking = seen, speaking
        self._held: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for row in rows:
            if row.type == SUBSCRIPTION and row.attributes.get("enabled"):
                self._held[row.account, row.region].append(row)

    def of(self, row: Any, intent: str = "") -> Iterator[Way]:
        """The ways by which somebody hears of one intent, or of any, from RDS itself."""
        for line in table().event:
            if line.type == row.type and (not intent or line.intent == intent):
                for held in self._held.get((row.account, row.region), ()):
                    if _takes(held.attributes, line.source, row.name, line.categories):
                        to = str(held.attributes.get("sns_topic") or "")
                        yield self._speaking.sent_to(to, row.account, DATABASES).past(held.resource)

    def hidden(self, row: Any, intent: str) -> str:
        """Why such a subscription may not have been seen, or ``."""
        if not any(line.type == row.type and line.intent == intent for line in table().event):
            return ""
        return self._seen.listed(SUBSCRIPTION, row.account, row.region)


def _takes(a: Any, source: str, name: str, categories: Sequence[str]) -> bool:
    """Whether a subscription takes such events of a database; it takes all where it names none."""
    kind, names, asked = a.get("source_type"), a.get("source_ids"), a.get("event_categories")
    return (
        kind in (None, "", source)
        and (not names or name in names)
        and (not asked or not set(asked).isdisjoint(categories))
    )
