"""The sentences a reader must know before trusting the rest of a report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scanner.judge.sight import NO_STATE
from scanner.seen import ELSEWHERE


def notes(
    states: Sequence[Any], facts: Any, entries: Sequence[Any], history_gap: str
) -> tuple[str, ...]:
    """All of them, of the states first."""
    notes = []
    if not states:
        notes.append(f"{NO_STATE}: nothing is known of what was declared")
    notes += [s.message for s in states if s.status != "ok"]
    unsupported = sum(m.status == "unsupported" for m in facts.matching.matches)
    if unsupported:
        instances = (
            "1 declared instance is"
            if unsupported == 1
            else f"{unsupported} declared instances are"
        )
        notes.append(f"{instances} of a type that is not collected")
    if facts.identified:
        many = len(facts.identified)
        undeclared = sum(known.state != "declared" for known in facts.identified)
        notes.append(
            f"{many} more resource{'s are' if many > 1 else ' is'} known by identifier only, "
            f"{undeclared} of them not declared: nothing of them was read, and some may be AWS's own "
            "(table identified)"
        )
    notes += _elsewhere(entries)
    notes += [history_gap] if history_gap else []
    return tuple(notes)


def _elsewhere(entries: Sequence[Any]) -> list[str]:
    """What is told to other accounts than those that were scanned."""
    unread = {e.type for e in entries if e.status == ELSEWHERE}
    if not unread:
        return []
    return [
        f"not read, since the organization's management account and its delegated administrators are "
        f"answered alone: {', '.join(sorted(unread))}"
    ]
