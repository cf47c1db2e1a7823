"""What an alarm looks at: the metrics of its own, of its expression, or of its query."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_SELECT = re.compile(
    r"""^\s*SELECT\s+\w+\(\s*"?(?P<metric>[^")]+?)"?\s*\)\s+FROM\s+
        (?:SCHEMA\(\s*"?(?P<schema>[^",)]+)"?\s*(?:,(?P<keys>[^)]*))?\)|"?(?P<plain>[^"\s]+)"?)
        (?:\s+WHERE\s+(?P<where>.*?))?
        (?:\s+GROUP\s+BY\s+(?P<group>.*?))?
        (?:\s+ORDER\s+BY\s+.*?)?(?:\s+LIMIT\s+\d+)?\s*$""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_QUERY = re.compile(r"\s*SELECT\s", re.IGNORECASE)
_EQUAL = re.compile(r"""^\s*"?(?P<key>[\w .-]+?)"?\s*=\s*'(?P<value>[^']*)'\s*$""")
_AND = re.compile(r"\s+AND\s+", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric that an alarm looks at, and how."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    way: str
    """direct | math | anomaly | query"""
    account: str
    below: bool | None = None
    """Whether it rings when the metric is low; None where that cannot be told."""
    every: bool = False
    """For a query: it looks at every resource that its dimensions do not tell apart."""
    sure: bool = True
    """False where a query chooses by what is not read here."""
    keys: frozenset[str] = field(default_factory=frozenset)
    """For a query with a schema: the dimensions of what it looks at."""


def metrics(alarm: Any) -> list[Metric]:
    """Every metric that can make the alarm ring. `alarm` is a row of aws_cloudwatch_metric_alarm."""
    a = alarm.attributes
    below = _below(str(a.get("comparison_operator") or ""))
    if a.get("metric_name"):
        return [
            Metric(
                str(a.get("namespace") or ""), str(a["metric_name"]),
                dict(a.get("dimensions") or {}), "direct", alarm.account, below,
            )
        ]  # fmt: skip
    queries = {str(q.get("Id")): q for q in a.get("metrics") or []}
    return [
        metric
        for id_ in sorted(_used(queries, a.get("threshold_metric_id")))
        for metric in _of(queries[id_], queries, alarm)
    ]


def unread(alarm: Any) -> str:
    """What an alarm asks in words that are not read here, or ``: PromQL, or a query of another form."""
    queries = {str(q.get("Id")): q for q in alarm.attributes.get("metrics") or []}
    used = _used(queries, alarm.attributes.get("threshold_metric_id"))
    texts = [str(queries[id_].get("Expression") or "") for id_ in sorted(used)]
    asked = [text for text in texts if _QUERY.match(text) and not _SELECT.match(text)]
    return "\n".join([*asked, str(alarm.attributes.get("promql") or "")]).strip()


def _used(queries: Mapping[str, Any], band: Any) -> set[str]:
    """The queries that the one that is compared, or the band it is compared with, is made of."""
    returned = [i for i, q in queries.items() if q.get("ReturnData") is not False]
    waiting = [i for i in (*returned, str(band or "")) if i in queries]
    used: set[str] = set()
    while waiting:
        id_ = waiting.pop()
        if id_ in used:
            continue
        used.add(id_)
        text = str(queries[id_].get("Expression") or "")
        if re.search(r"\bMETRICS\s*\(", text):
            waiting += list(queries)
        waiting += [word for word in _WORD.findall(text) if word in queries]
    return used


def _of(query: Mapping[str, Any], queries: Mapping[str, Any], alarm: Any) -> Iterator[Metric]:
    account = str(query.get("AccountId") or alarm.account)
    stat = query.get("MetricStat")
    if stat:
        metric = stat.get("Metric") or {}
        pairs = {str(d.get("Name")): str(d.get("Value")) for d in metric.get("Dimensions") or []}
        band = any("ANOMALY_DETECTION_BAND" in str(q.get("Expression")) for q in queries.values())
        below = _below(str(alarm.attributes.get("comparison_operator") or ""))
        yield Metric(
            str(metric.get("Namespace") or ""), str(metric.get("MetricName") or ""), pairs,
            "anomaly" if band else "math", account, below if band or len(queries) == 1 else None,
        )  # fmt: skip
        return
    text = str(query.get("Expression") or "")
    found = _SELECT.match(text)
    if found:
        yield _selected(found, account, len(queries) == 1, alarm)


def _selected(found: re.Match[str], account: str, alone: bool, alarm: Any) -> Metric:
    pairs: dict[str, str] = {}
    sure = True
    for part in _AND.split(found["where"]) if found["where"] else ():
        equal = _EQUAL.match(part)
        if equal:
            pairs[equal["key"]] = equal["value"]
        else:
            sure = False
    keys = frozenset(k.strip().strip('"') for k in (found["keys"] or "").split(",") if k.strip())
    below = _below(str(alarm.attributes.get("comparison_operator") or ""))
    return Metric(
        found["schema"] or found["plain"] or "", found["metric"].strip(), pairs, "query", account,
        below if alone else None, every=True, sure=sure, keys=keys,
    )  # fmt: skip


def _below(operator: str) -> bool | None:
    """Whether it rings when the value is low; None for what rings both ways, and for what is not known."""
    if operator.startswith("LessThanLowerOrGreater"):
        return None
    if operator.startswith("Less"):
        return True
    return False if operator.startswith("Greater") else None
