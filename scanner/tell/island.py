"""All findings of a page that has too many to tell whole: columns, packed, for the list its script makes.

A shard is JSON, gzipped, in base64: a browser unpacks that by itself (Compression Streams: Chrome 80,
Firefox 113, Safari 16.4), and base64 cannot end the element it stands in. What a value holds once it holds
once: a column of few values is its words and, for each finding, which.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from scanner.model import Finding, Report, RuleSummary
from scanner.tell import words
from scanner.tell.clean import clean
from scanner.tell.digest import NO_OWNER, owner_key
from scanner.tell.encode import compact

SHARD = 20_000
"""Findings a shard: unpacked in a fraction of a second, one after the other while the page is read."""
_BETWEEN = "\x1f"
"""Stands in no text that was cleaned."""


def shards(report: Report, findings: Sequence[Finding]) -> Iterator[str]:
    """`findings` in their order, SHARD in each text of base64."""
    rules = {rule.id: rule for rule in report.rules}
    for start in range(0, len(findings), SHARD):
        columns = _columns(findings[start : start + SHARD], rules, report.scan.now)
        packed = gzip.compress(compact(columns).encode(), mtime=0)
        yield base64.b64encode(packed).decode()


def _columns(
    findings: Sequence[Finding], rules: Mapping[str, RuleSummary], now: str
) -> dict[str, Any]:
    return {
        "severity": _coded((f.severity for f in findings), str),
        "status": _coded((f.status for f in findings), str),
        "rule": _coded((f.rule for f in findings), lambda name: _rule(name, rules.get(name))),
        "type": _coded((f.type for f in findings), clean),
        "owner": _coded((f.owner.team for f in findings), _owner),
        "place": _coded(
            ((f.account, f.region) for f in findings), lambda place: [clean(part) for part in place]
        ),
        "seen": _coded(
            (f.first_seen for f in findings),
            lambda first: (clean(words.moment(first)), words.age(first, now)),
        ),
        # what repeats in a row (its name) is near enough here for gzip to see it
        "text": [
            _BETWEEN.join((clean(f.says), clean(f.resource), clean(f.address or "")))
            for f in findings
        ],
        "fingerprint": [f.fingerprint for f in findings],
    }


def _rule(name: str, rule: RuleSummary | None) -> tuple[str, ...]:
    """Id, title, why, and the fix without a resource."""
    if rule is None:
        return clean(name), clean(name), "", ""
    fix = clean(words.general(rule.fix).strip(), lines=True)
    return clean(rule.id), clean(rule.title), clean(rule.why), fix


def _owner(team: str | None) -> tuple[str, str]:
    return clean(team or NO_OWNER), owner_key(team)


def _coded(values: Iterable[Any], said: Callable[[Any], Any]) -> dict[str, list[Any]]:
    """Each distinct value once, as it is said, and for each row which it has."""
    places: dict[Any, int] = {}
    at = [places.setdefault(value, len(places)) for value in values]
    return {"words": [said(value) for value in places], "at": at}
