"""The stories of drift that concern this scan: what `derive.history` tells, by resource and with its effect.

In: the rows of a store's history with this scan in it, and this scan's matches. Out: one `Told` a story of a
resource that this scan knows; what was not looked at this time has none here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.derive.effects import effect
from scanner.derive.history import Event, Story, attributes, presences
from scanner.model import SEVERITIES, Severity

MOST: Severity = "high"
"""A change that a state took over may have been written into the configuration since: at most so severe."""


@dataclass(frozen=True, slots=True)
class Told:
    """A row of table `stories`."""

    resource: str
    type: str
    source: str
    address: str | None
    attribute: str
    state: str
    since: str | None
    after: str | None
    age_days: int
    turns: int
    flapping: bool
    absorbed_at: str | None
    absorbed_after: str | None
    absorbed: str | None
    became: str | None
    serial_before: int | None
    serial: int | None
    effect: str
    severity: str
    events: tuple[Event, ...]


def stories(
    past: Any, matching: Any, states: Iterable[Any], owner_tags: Sequence[str] = ()
) -> list[Told]:
    """What is told of the resources of this scan."""
    names = {state.source: state.lineage or state.source for state in states}
    declared = {
        (names.get(made.declared.source, made.declared.source), made.declared.address): made
        for made in matching.matches
        if not made.declared.deposed
    }
    found: list[Told] = []
    for story in [*attributes(past, past.window), *presences(past, past.window)]:
        if story.side == "actual" and story.key in matching.classes:
            made = matching.by_resource.get(story.key)
            address = made[0].declared.address if made else None
            found.append(_told(story, story.key, "", address, owner_tags))
        match = declared.get((story.source, story.key))
        if match and (match.resource is not None or match.status == "missing"):
            told = _told(story, match.uid, match.declared.source, story.key, owner_tags)
            found.append(told)
    return sorted(
        found, key=lambda t: (t.resource, t.attribute, t.source, t.address or "", t.state)
    )


def _told(
    story: Story, resource: str, source: str, address: str | None, owner_tags: Sequence[str]
) -> Told:
    absorbed = next((e for e in reversed(story.events) if e.kind == "absorbed"), None)
    start = next((e for e in reversed(story.events) if e.at == story.since), None)
    before, now = absorbed.declared if absorbed else (None, None)
    judged = effect(story.type, story.attribute, _value(before), _value(now), owner_tags)
    bar = SEVERITIES.index(MOST)
    return Told(
        resource, story.type, source, address, story.attribute, story.state,
        since=story.since.seen_at if story.since else None,
        after=start.after.seen_at if start and start.after else None,
        age_days=story.age_days,
        turns=story.turns,
        flapping=story.flapping,
        absorbed_at=absorbed.at.seen_at if absorbed else None,
        absorbed_after=absorbed.after.seen_at if absorbed and absorbed.after else None,
        absorbed=before,
        became=now,
        serial_before=absorbed.serials[0] if absorbed else None,
        serial=absorbed.serials[1] if absorbed else None,
        effect=judged.says if absorbed else "",
        severity=SEVERITIES[max(bar, SEVERITIES.index(judged.severity))] if absorbed else "low",
        events=story.events,
    )  # fmt: skip


def _value(text: str | None) -> Any:
    return None if text is None else json.loads(text)
