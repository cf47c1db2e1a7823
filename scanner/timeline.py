"""The nouns of time: what earlier scans say of drift, and figures over all of them. Nothing here does I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

WRITTEN = ("drift/changed-attribute", "drift/missing-resource", "drift/unmanaged-resource")
"""The rules whose findings are about what somebody wrote."""


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


@dataclass(frozen=True, slots=True)
class Write:
    """A call that wrote, as AWS recorded it."""

    event: str
    at: str
    name: str
    """A user's, or of the session in which a role was used."""
    role: str
    """The role that was used, or the kind of whoever was no user; `` for a user."""
    source: str
    """The service that was called."""
    tool: str
    """What the call was made with, where it says so in a known way; or ``."""
    names: tuple[str, ...] = ()
    """Attributes that its parameters name."""


@dataclass(frozen=True, slots=True)
class LastWrites:
    """The last writes that were recorded on a resource, the newest first."""

    writes: tuple[Write, ...]
    why: str = ""
    """Why none is known, or ``."""


def overdue(first_seen: str, now: str, limit: int | None) -> bool:
    """Whether what was first seen then is open for longer than `limit` days; None: it has no limit."""
    try:
        age = datetime.fromisoformat(now) - datetime.fromisoformat(first_seen)
    except (ValueError, TypeError):
        return False
    return limit is not None and age > timedelta(days=limit)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, and of how many more that cannot be said."""

    part: int
    whole: int
    unseen: int
    percent: float | None
    """part / whole, rounded down to one decimal; None of nothing."""
    unseen_percent: float
    """unseen / (whole + unseen), rounded up to one decimal: 0 means that all of it was seen."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What the newest scan found against the one before, for one team."""

    team: str | None
    new: int
    reopened: int
    standing: int
    fixed: int
    unknown: int
    """Neither open nor fixed: they could not be looked at."""
    waived: int


@dataclass(frozen=True, slots=True)
class Cleanup:
    """How long findings last (Kaplan and Meier): what is still open counts for as long as it was seen."""

    team: str | None
    """None: nobody's; in Figures.cleanup everybody's."""
    fixed: int
    open: int
    unseen: int
    """How many of the open ones count only until they were last seen."""
    median_days: float | None
    """Half of them are fixed by then; None while that cannot be said, as too many are open."""
    p90_days: float | None


@dataclass(frozen=True, slots=True)
class Waste:
    """What orphans cost a month, where the price is sure, in US dollars."""

    monthly: float
    priced: int
    unpriced: int
    """Open orphans without a sure price."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day with a scan: what came and went in it, and how things stood after its last scan."""

    at: str
    new: int
    reopened: int
    fixed: int
    open: int
    unknown: int
    waived: int
    declared: float | None
    owned: float | None
    accountable: float | None
    """Percentages, as in Share."""
    seen: float | None
    waste: float
    fixed_after: float | None = None
    """Days after which half of what was fixed that day had been; None where nothing was."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a store's scans say taken together."""

    runs: int
    since: str
    declared: Share
    owned: Share
    accountable: Share
    """Who is answered for in all four roles: cost, access, monitoring and recovery."""
    seen: Share
    """Calls that came back whole."""
    teams: tuple[Flow, ...]
    ages: Mapping[str, int]
    """Open findings by age in days: `<7`, `7-30`, `30-90`, `>90`."""
    ages_unknown: int
    """Findings that may be open still, but could not be looked at."""
    cleanup: Cleanup
    cleanup_by_team: tuple[Cleanup, ...]
    waste: Waste
    days: tuple[Day, ...]
