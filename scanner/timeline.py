"""The nouns of time: what earlier scans say of drift. Nothing here does I/O."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """What happened between two scans to what was declared, or to what is there."""

    kind: str
    """found | introduced | absorbed | reverted | settled | reassessed | undeclared of an attribute;
    lost | returned | dropped | appeared | vanished | released | imported of all of it."""
    after: str | None
    """`now` of the last scan that had looked; None: none had."""
    at: str
    """`now` of the scan that found it."""
    moved: str = ""
    """Which side moved: actual | declared | both, or how both did; `` of all of it."""
    serials: tuple[int | None, int | None] = (None, None)
    """The state's in both scans."""


@dataclass(frozen=True, slots=True)
class Story:
    """What the scans before say of drift."""

    since: str
    """`now` of the first scan that found it so."""
    after: str | None
    """`now` of the last scan that found it otherwise: it came between the two. None: none did."""
    age_days: int
    flapping: bool
    """It turned three times or more within the scans looked at."""
    events: tuple[Event, ...]
