"""Metrics and logs that go where no alarm was read: what a stream or a filter passes on, a link shares, or a
supplier reads through a role, may be watched there.

In: rows and what was seen. Whose roles are meant is data (`watcher` in alarms.toml).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scanner.derive.recommended import table
from scanner.derive.speaking import LOG_ALARM, METRIC_ALARM
from scanner.seen import GLOBAL, Seen

STREAM = "aws_cloudwatch_metric_stream"
LINK = "aws_oam_link"
FILTER = "aws_cloudwatch_log_subscription_filter"
ROLE = "aws_iam_role"
METRICS, LOGS = "AWS::CloudWatch::Metric", "AWS::Logs::LogGroup"
"""As a link calls what it shares (CreateLink, ResourceTypes)."""

Through = tuple[tuple[str, ...], str]
"""What it goes through, and that in words; `` where it goes nowhere."""


class PassedOn:
    """Who else gets an account's metrics and logs."""

    def __init__(self, rows: Sequence[Any], seen: Seen) -> None:
        self._seen = seen
        self._held: dict[tuple[str, str], list[Any]] = defaultdict(list)
        self._filters: dict[tuple[str, str, str], list[Any]] = defaultdict(list)
        self._watchers: dict[str, Through] = {}
        names = {watcher.trusts: watcher.name for watcher in table().watcher}
        for row in rows:
            if row.type in (STREAM, LINK):
                self._held[row.account, row.region].append(row)
            elif row.type == FILTER:
                group = str(row.attributes.get("log_group_name"))
                self._filters[row.account, row.region, group].append(row)
            elif row.type == ROLE:
                for name in sorted(filter(None, map(names.get, _trusted(row)))):
                    says = f"{name} may watch it, which the role {row.name} trusts"
                    self._watchers.setdefault(row.account, ((row.resource,), says))

    def of(
        self,
        account: str,
        region: str,
        metrics: Sequence[tuple[str, str]],
        groups: Sequence[str] = (),
    ) -> Through:
        """Through what somebody may watch these metrics or log groups elsewhere."""
        for row in self._held[account, region]:
            if row.type == LINK:
                says = self._shared(row, METRICS, METRIC_ALARM)
                says = says or (self._shared(row, LOGS, LOG_ALARM) if groups else "")
            elif any(_streams(row.attributes, *metric) for metric in metrics):
                says = f"the metric stream {row.name} passes it on to what is not read"
            else:
                says = ""
            if says:
                return (row.resource,), says
        for group in groups:
            for row in self._filters.get((account, region, group), ()):
                says = f"the subscription filter {row.name} passes its logs on to what is not read"
                return (row.resource,), says
        if account in self._watchers:
            return self._watchers[account]
        return (), self._hidden(account, region, groups)

    def _hidden(self, account: str, region: str, groups: Sequence[str]) -> str:
        for type_, way in ((STREAM, "a metric stream passes it on"), (LINK, "it is shared")):
            if hidden := self._seen.listed(type_, account, region):
                return f"whether {way} was not seen: {hidden}"
        if groups and (hidden := self._seen.listed(FILTER, account, region)):
            return f"whether its logs are passed on was not seen: {hidden}"
        if hidden := self._seen.listed(ROLE, account, GLOBAL):
            return f"whether a supplier watches it was not seen: {hidden}"
        return ""

    def _shared(self, link: Any, what: str, alarms: str) -> str:
        """Why it is open who watches what a link shares; `` where that was read, or it shares none."""
        if what not in (link.attributes.get("resource_types") or (what,)):
            return ""
        where = str(link.attributes.get("sink_arn") or "").split(":")
        account = where[4] if len(where) > 5 else ""
        hidden = self._seen.listed(alarms, account, link.region)
        return (
            f"it is shared with {account or 'another account'}, whose alarms were not read: {hidden}"
            if hidden
            else ""
        )


def _trusted(role: Any) -> Iterator[str]:
    """The accounts and services that may take a role."""
    policy = role.attributes.get("assume_role_policy")
    for statement in policy.get("Statement", ()) if isinstance(policy, Mapping) else ():
        named = statement.get("Principal")
        if statement.get("Effect") == "Allow" and isinstance(named, Mapping):
            yield from map(str, named.get("Service") or ())
            for principal in map(str, named.get("AWS") or ()):
                yield principal.split(":")[4] if principal.count(":") > 4 else principal


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
