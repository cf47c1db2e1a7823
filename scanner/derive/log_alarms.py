"""Alarms on a resource's logs: on what a metric filter counts there, or a query finds. They may tell of its
failures, or of others.

In: rows and what was seen. Which log groups are whose is data (`log` in alarms.toml).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scanner.catalog.reads import reads
from scanner.derive.measured import metrics
from scanner.derive.recommended import table, values
from scanner.derive.speaking import LOG_ALARM, METRIC_ALARM
from scanner.seen import Seen

FILTER = "aws_cloudwatch_log_metric_filter"
ANY = ""
"""Stands for every log group: of an alarm whose query says by itself what it reads."""


class LogAlarms:
    """Which alarms look at what stands in whose logs."""

    def __init__(self, rows: Sequence[Any], seen: Seen) -> None:
        self._seen = seen
        self._groups = {line.type: line.groups for line in table().log}
        counted: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
        for row in rows:
            if row.type == FILTER:
                group = str(row.attributes.get("log_group_name"))
                for made in row.attributes.get("metric_transformation") or ():
                    metric = (str(made.get("namespace")), str(made.get("name")))
                    counted[row.account, row.region, *metric].add(group)
        self._alarms: dict[tuple[str, str, str], dict[str, Any]] = defaultdict(dict)
        for row in rows:
            if row.type == METRIC_ALARM:
                for m in metrics(row):
                    for group in counted.get((m.account, row.region, m.namespace, m.name), ()):
                        self._alarms[m.account, row.region, group][row.resource] = row
            elif row.type == LOG_ALARM:
                for account, group in _asked(row):
                    self._alarms[account, row.region, group][row.resource] = row

    def of(self, row: Any, document: Mapping[str, Any]) -> list[Any]:
        """The alarms that look at the logs of a resource."""
        groups = self.groups(row, document)
        found: dict[str, Any] = {}
        for group in (*groups, ANY) if groups else ():
            found |= self._alarms.get((row.account, row.region, group), {})
        return [found[name] for name in sorted(found)]

    def groups(self, row: Any, document: Mapping[str, Any]) -> tuple[str, ...]:
        """The log groups that a resource writes to."""
        path = self._groups.get(row.type, "")
        return tuple(sorted({_plain(named) for named in values(path, document)})) if path else ()

    def hidden(self, row: Any) -> str:
        """Why such an alarm may not have been seen, or ``."""
        path = self._groups.get(row.type, "")
        if not path:
            return ""
        if not reads(row.type, path) <= row.attributes.keys():
            return "where it logs to was not read"
        where = (row.account, row.region)
        return self._seen.listed(FILTER, *where) or self._seen.listed(LOG_ALARM, *where)


def _asked(alarm: Any) -> Iterator[tuple[str, str]]:
    """The account and name of each log group that the query of an alarm reads."""
    for named in alarm.attributes.get("log_groups") or (ANY,):
        arn = str(named).split(":")
        yield (arn[4] if len(arn) > 6 else alarm.account), _plain(str(named))


def _plain(named: str) -> str:
    """The name of a log group that is named or given by its ARN."""
    return (named.partition(":log-group:")[2] or named).removesuffix(":*")
