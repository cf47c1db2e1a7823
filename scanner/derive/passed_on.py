"""Metrics that go where no alarm was read: what a stream passes on, or a link shares, may be watched there.

In: rows and what was seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from scanner.derive.speaking import METRIC_ALARM
from scanner.seen import Seen

STREAM = "aws_cloudwatch_metric_stream"
LINK = "aws_oam_link"
METRICS = "AWS::CloudWatch::Metric"
"""As a link calls what it shares (CreateLink, ResourceTypes)."""


class PassedOn:
    """Who else gets an account's metrics."""

    def __init__(self, rows: Sequence[Any], seen: Seen) -> None:
        self._seen = seen
        self._held: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for row in rows:
            if row.type in (STREAM, LINK):
                self._held[row.account, row.region].append(row)

    def of(
        self, account: str, region: str, metrics: Sequence[tuple[str, str]]
    ) -> tuple[tuple[str, ...], str]:
        """Through what somebody may watch these metrics elsewhere, and that in words; `` where nobody can."""
        for row in self._held[account, region]:
            if row.type == LINK:
                says = self._shared(row)
            elif any(_streams(row.attributes, *metric) for metric in metrics):
                says = f"the metric stream {row.name} passes it on to what is not read"
            else:
                says = ""
            if says:
                return (row.resource,), says
        for type_, way in ((STREAM, "a metric stream passes it on"), (LINK, "it is shared")):
            if hidden := self._seen.listed(type_, account, region):
                return (), f"whether {way} was not seen: {hidden}"
        return (), ""

    def _shared(self, link: Any) -> str:
        """Why it is open who watches the metrics that a link shares; `` where that was read, or none are."""
        if METRICS not in (link.attributes.get("resource_types") or (METRICS,)):
            return ""
        where = str(link.attributes.get("sink_arn") or "").split(":")
        account = where[4] if len(where) > 5 else ""
        hidden = self._seen.listed(METRIC_ALARM, account, link.region)
        return (
            f"it is shared with {account or 'another account'}, whose alarms were not read: {hidden}"
            if hidden
            else ""
        )


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
