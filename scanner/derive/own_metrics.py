"""Alarms on metrics of somebody's own that name a resource: they may tell of its failures, or of others.

In: rows. What is in the namespaces that AWS fills means what AWS says (`known` and `own` in alarms.toml).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from scanner.derive.measured import metrics
from scanner.derive.recommended import table
from scanner.derive.speaking import METRIC_ALARM


class OwnMetrics:
    """Which alarms on such metrics name what."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._alarms: dict[tuple[str, str, str], dict[str, Any]] = defaultdict(dict)
        for row in rows:
            if row.type == METRIC_ALARM:
                for m in metrics(row):
                    if _own(m.namespace):
                        for value in m.dimensions.values():
                            self._alarms[m.account, row.region, value][row.resource] = row

    def of(self, row: Any) -> list[Any]:
        """The alarms whose metric has a resource's id, name or ARN in one of its dimensions."""
        found: dict[str, Any] = {}
        for value in {row.id, row.name, row.arn or row.id}:
            found |= self._alarms.get((row.account, row.region, value), {})
        return [found[name] for name in sorted(found)]


def _own(namespace: str) -> bool:
    """Whether what is in a namespace means what its owner says."""
    return namespace in table().own or not any(fnmatchcase(namespace, k) for k in table().known)
