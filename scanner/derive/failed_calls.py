"""Where what a function could not do goes: to a topic, or to a queue that an alarm looks at.

In: rows and what was seen. Such a way tells of calls that nobody waits for alone, so it is never a `yes`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from scanner.derive.measured import metrics
from scanner.derive.speaking import METRIC_ALARM, Speaking
from scanner.derive.way import Way
from scanner.seen import Seen

FUNCTION, QUEUE = "aws_lambda_function", "aws_sqs_queue"
MAPPING, INVOKED = "aws_lambda_event_source_mapping", "aws_lambda_function_event_invoke_config"
INTENT = "errors"


class FailedCalls:
    """Who is told of what a function gave up."""

    def __init__(self, rows: Sequence[Any], seen: Seen, speaking: Speaking) -> None:
        self._seen, self._speaking = seen, speaking
        self._given_to: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        self._unread: dict[tuple[str, str, str], str] = {}
        self._alarms: dict[tuple[str, str, str], dict[str, Any]] = defaultdict(dict)
        queues = {row.resource: row for row in rows if row.type == QUEUE}
        for row in rows:
            a = row.attributes
            if row.type == INVOKED:
                key = (row.account, row.region, row.parent_id)
                self._given_to[key] |= _on_failure(a, "destination")
            elif row.type == MAPPING and a.get("enabled"):
                name = str(a.get("function_name") or "")
                name = (name.partition(":function:")[2] or name).partition(":")[0]
                key = (row.account, row.region, name)
                self._given_to[key] |= _on_failure(a, "destination_arn")
                self._redriven(key, str(a.get("event_source_arn")), queues)
            elif row.type == METRIC_ALARM:
                for m in metrics(row):
                    if m.namespace == "AWS/SQS" and "QueueName" in m.dimensions:
                        held = self._alarms[m.account, row.region, m.dimensions["QueueName"]]
                        held[row.resource] = row

    def _redriven(self, key: tuple[str, str, str], source: str, queues: dict[str, Any]) -> None:
        """What a function could not do of a queue goes where the queue says."""
        parts = source.split(":")
        if len(parts) < 6 or parts[2] != "sqs":
            return
        queue = queues.get(source)
        if queue is None and not self._seen.listed(QUEUE, parts[4], parts[3]):
            return  # it is gone
        if queue is None or "redrive_policy" not in queue.attributes:
            self._unread[key] = f"where {source} gives up what fails was not read"
        elif to := (queue.attributes["redrive_policy"] or {}).get("deadLetterTargetArn"):
            self._given_to[key].add(str(to))

    def of(self, row: Any, intent: str) -> Iterator[Way]:
        """The ways by which somebody may hear that a function failed."""
        if row.type != FUNCTION or intent != INTENT:
            return
        to = set(self._given_to.get((row.account, row.region, row.id), ()))
        own = row.attributes.get("dead_letter_target_arn")
        for arn in sorted(to | ({str(own)} if own else set())):
            for way in self._ways(arn, row.account):
                if way.verdict != "no":
                    says = f"what {arn} is given of its failed calls may not be all of them"
                    yield Way("unknown", "alarm", says, (arn, *way.path))

    def _ways(self, arn: str, account: str) -> Iterator[Way]:
        parts = arn.split(":")
        if len(parts) > 5 and parts[2] == "sqs":
            for alarm in self._alarms.get((parts[4], parts[3], parts[5]), {}).values():
                yield self._speaking.of(alarm)
        else:
            yield self._speaking.sent_to(arn, account, None)

    def hidden(self, row: Any, intent: str) -> str:
        """Why such a way may not have been seen, or ``."""
        if row.type != FUNCTION or intent != INTENT:
            return ""
        where = (row.account, row.region)
        listed = self._seen.listed(INVOKED, *where) or self._seen.listed(MAPPING, *where)
        return listed or self._unread.get((*where, row.id), "")


def _on_failure(a: Any, name: str) -> set[str]:
    return {
        str(to[name])
        for block in a.get("destination_config") or ()
        for to in block.get("on_failure") or ()
        if to.get(name)
    }
