"""How much of each account was seen, and what was found there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from scanner.model import OPEN, AccountSummary, Finding
from scanner.seen import GLOBAL, counted
from scanner.subject import Subject


def summaries(
    members: Sequence[Any],
    scopes: Sequence[tuple[str, str]],
    entries: Sequence[Any],
    resources: Iterable[Subject],
    findings: Sequence[Finding],
) -> tuple[AccountSummary, ...]:
    """A summary an account of ours, in the order of `members`."""
    entries = counted(entries)
    asked = Counter(e.account for e in entries)
    complete = Counter(e.account for e in entries if e.complete)
    seen = Counter(s.account for s in resources)
    found = Counter(f.account for f in findings if f.status in OPEN)
    regions: dict[str, list[str]] = defaultdict(list)
    for account, region in sorted(scopes):
        if region != GLOBAL:
            regions[account].append(region)
    return tuple(
        AccountSummary(
            m.id, m.name, m.status, m.reason, tuple(regions[m.id]), asked[m.id], complete[m.id],
            seen[m.id], found[m.id],
        )
        for m in members
    )  # fmt: skip
