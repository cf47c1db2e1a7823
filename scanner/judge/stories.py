"""Puts the story of drift beside the finding that is about it, and an age beside every finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from scanner.model import Finding
from scanner.timeline import WRITTEN, Event, LastWrites, Story

HOURS = 730
"""Of a month, as prices count (derive/prices.py)."""
STANDING = ("changed", "missing", "unmanaged")
EMPTY: Mapping[tuple[str, str], Story] = {}
NONE: Mapping[str, LastWrites] = {}


def by_subject(told: Sequence[Any]) -> Mapping[tuple[str, str], Story]:
    """The stories of what stands (derive.stories.Told), by resource and attribute."""
    return {
        (row.resource, row.attribute): Story(
            since=row.since,
            after=row.after,
            age_days=row.age_days,
            flapping=row.flapping,
            events=tuple(
                Event(
                    kind=event.kind,
                    after=event.after.seen_at if event.after else None,
                    at=event.at.seen_at,
                    moved=event.moved,
                    serials=event.serials,
                )
                for event in row.events
            ),
        )
        for row in told
        if row.state in STANDING and row.since
    }


def with_time(
    findings: Iterable[Finding],
    now: str,
    stories: Mapping[tuple[str, str], Story] = EMPTY,
    writes: Mapping[str, LastWrites] = NONE,
) -> tuple[Finding, ...]:
    """The findings with their age, and, where they are drift, their story and the last writes."""
    return tuple(
        _aged(
            finding,
            days(finding.first_seen, now),
            _story(finding, stories),
            _last_writes(finding, writes),
        )
        for finding in findings
    )


def _aged(finding: Finding, age: int, story: Story | None, last: LastWrites | None) -> Finding:
    wasted = _wasted(finding, age)
    before = (finding.age_days, finding.story, finding.wasted, finding.last_writes)
    if (age, story, wasted, last) == before:
        return finding
    return replace(finding, age_days=age, story=story, wasted=wasted, last_writes=last)


def _last_writes(finding: Finding, writes: Mapping[str, LastWrites]) -> LastWrites | None:
    if finding.status in ("gone", "unknown"):
        return finding.last_writes  # as the last scan that looked told it
    return writes.get(finding.resource) if finding.rule in WRITTEN else None


def _wasted(finding: Finding, age: int) -> float | None:
    """What it cost since it was first found; while it cannot be looked at, what was known last."""
    monthly = finding.evidence.get("monthly_cost")
    if finding.status in ("gone", "unknown") or not isinstance(monthly, int | float):
        return finding.wasted
    return round(monthly * age * 24 / HOURS, 2)


def _story(finding: Finding, stories: Mapping[tuple[str, str], Story]) -> Story | None:
    if finding.status in ("gone", "unknown"):
        return finding.story  # as the last scan that looked told it
    attribute = finding.evidence.get("attribute") or ""
    if not attribute and not finding.rule.startswith("drift/"):
        return None
    return stories.get((finding.resource, attribute)) if isinstance(attribute, str) else None


@lru_cache(maxsize=4096)
def days(first: str, last: str) -> int:
    """Whole days between two moments; none where the clock went back."""
    try:
        passed = datetime.fromisoformat(last) - datetime.fromisoformat(first)
    except (ValueError, TypeError):
        return 0
    return max(0, passed.days)
