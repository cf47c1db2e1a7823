"""Metrics that go where no alarm of ours is: what a metric stream passes on may be watched there.

In: rows and what was seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from scanner.seen import Seen

STREAM = "aws_cloudwatch_metric_stream"


class PassedOn:
    """Who else gets an account's metrics."""

    def __init__(self, rows: Sequence[Any], seen: Seen) -> None:
        self._seen = seen
        self._held: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for row in rows:
            if row.type == STREAM:
                self._held[row.account, row.region].append(row)

    def of(
        self, account: str, region: str, metrics: Sequence[tuple[str, str]]
    ) -> tuple[tuple[str, ...], str]:
        """Through what somebody may watch these metrics elsewhere, and that in words; `` where nobody can."""
        for stream in self._held[account, region]:
            if any(_streams(stream.attributes, *metric) for metric in metrics):
                says = f"the metric stream {stream.name} passes it on to what is not read"
                return (stream.resource,), says
        hidden = self._seen.listed(STREAM, account, region)
        return (), f"whether a metric stream passes it on was not seen: {hidden}" if hidden else ""


def _streams(a: Mapping[str, Any], namespace: str, metric: str) -> bool:
    """Whether a stream passes a metric on; what was not read of it may."""
    if a.get("state") == "stopped":
        return False
    taken, left_out = a.get("include_filter"), a.get("exclude_filter")
    if taken:
        return _named(taken, namespace, metric)
    return not (left_out and _named(left_out, namespace, metric))


def _named(filters: Sequence[Mapping[str, Any]], namespace: str, metric: str) -> bool:
    return any(
        f.get("namespace") == namespace
        and (not f.get("metric_names") or metric in f["metric_names"])
        for f in filters
    )
