"""When a finding came, and what became of it before, in words."""

from __future__ import annotations

from collections.abc import Mapping

from scanner.model import Finding
from scanner.tell import words
from scanner.timeline import WRITTEN, Event, Write

MOST = 8
"""Events that are told in full; of more the newest are."""

_HAPPENED: Mapping[str, str] = {
    "found": "was out of sync when it was first looked at",
    "introduced": "was changed",
    "absorbed": "was taken over by the state, which now declares what AWS had",
    "reverted": "was put back to what is declared",
    "settled": "came in sync, as both sides moved",
    "reassessed": "is judged otherwise, though nothing moved",
    "undeclared": "is no longer declared",
    "lost": "went missing",
    "returned": "came back",
    "dropped": "was taken out of the state",
    "appeared": "appeared undeclared",
    "vanished": "went away",
    "released": "is still there, but no state declares it any more",
    "imported": "was taken into a state",
}
_INTRODUCED: Mapping[str, str] = {
    "actual": "was changed in AWS",
    "declared": "was declared otherwise, and AWS did not follow",
}


def came(finding: Finding) -> str:
    """When it came, by the scans: `between 2026-11-01 02:00 UTC and 2026-11-02 02:00 UTC`.

    Empty where nothing tells drift from what a plain first sight says.
    """
    story = finding.story
    if story is None:
        return ""
    if story.after is None:
        if any((event.kind, event.at) == ("found", story.since) for event in story.events):
            return (
                f"before {words.moment(story.since)}: since it is declared, no scan saw it in sync"
            )
        return f"before {words.moment(story.since)}, the first scan that looked"
    return f"between {words.moment(story.after)} and {words.moment(story.since)}"


def lines(finding: Finding) -> tuple[str, ...]:
    """What happened, the oldest first, a sentence an event; then whether it flaps or came back."""
    told = []
    story = finding.story
    if story is not None:
        left_out = len(story.events) - MOST
        if left_out > 0:
            told.append(f"{words.plural(left_out, 'earlier event')} in findings.json")
        told += [_event(event) for event in story.events[-MOST:]]
        if story.flapping:
            told.append("it is flapping: it keeps being changed and put back")
    if finding.reopened:
        times = "once" if finding.reopened == 1 else f"{words.number(finding.reopened)} times"
        told.append(
            f"this finding had gone and came back {times}; it was first seen "
            f"{words.moment(finding.earliest)}"
        )
    return tuple(told)


def writes(finding: Finding) -> tuple[str, ...]:
    """The last writes that CloudTrail recorded on what drifted, a line a call, or why they are not known."""
    if finding.rule not in WRITTEN:
        return ()
    last = finding.last_writes
    if last is None:
        return ("not known: CloudTrail was not asked (setting change_lookups)",)
    return tuple(_write(write, finding) for write in last.writes) or (f"not known: {last.why}",)


def _write(write: Write, finding: Finding) -> str:
    by = write.name or "somebody"
    used = f" in the role {write.role}" if write.role and write.role != write.name else ""
    tool = f" with {write.tool}" if write.tool else ""
    named = finding.evidence.get("attribute") in write.names
    return (
        f"{words.moment(write.at)}: {write.event} ({write.source}) by {by}{used}{tool}"
        f"{', which names this attribute' if named else ''}"
    )


def _event(event: Event) -> str:
    happened = _HAPPENED.get(event.kind, event.kind)
    if event.kind == "introduced":
        happened = _INTRODUCED.get(event.moved, happened)
    when = (
        f"{words.moment(event.at)}: it"
        if event.after is None
        else f"between {words.moment(event.after)} and {words.moment(event.at)} it"
    )
    before, now = event.serials
    moved = before is not None and now is not None and before != now
    serials = f" (state serial {before} to {now})" if moved and event.kind == "absorbed" else ""
    return f"{when} {happened}{serials}"
