"""Three ways: declared and actual, before and now. When drift came, and what became of it.

In: the rows of a store's history (`store.history.Past`). Out: a `Story` for each attribute that is or was out
of sync, and for each instance or resource that is or was missing or unmanaged.

State is the last known reality, not intent: a refresh makes drift vanish from a plain comparison. So each
turn into "in sync" says which side gave way. A run that could not look at something is no run for it.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from operator import itemgetter
from typing import Any

import msgspec

from scanner.derive.turns import ARRIVALS, EVENTS, STATES, Point, movement

FLAPS = 3
"""So many turns within the runs looked at, and it flaps."""
Row = Mapping[str, Any]
Stretch = tuple[int, int, "Point"]  # from one run until another


@dataclass(frozen=True, slots=True)
class Moment:
    """A scan: its number in the history, its id, and when it was made (UTC, ISO 8601)."""

    run: int
    scan: str
    seen_at: str


@dataclass(frozen=True, slots=True)
class Event:
    """What happened between the scans `after` and `at`; `after` is None where no scan looked before.

    `serials` are the state's in both scans. For an attribute also which side moved (a column of EVENTS) and
    the declared value in both as JSON, hidden where it is hidden elsewhere.
    """

    kind: str
    after: Moment | None
    at: Moment
    serials: tuple[int | None, int | None]
    moved: str = ""
    declared: tuple[str | None, str | None] = (None, None)


@dataclass(frozen=True, slots=True)
class Story:
    """An attribute of a declared instance; or, without `attribute`, an instance or a resource.

    `key` is an address, or a resource where `side` is actual. `state` is absent | in_sync | changed of an
    attribute, absent | matched | missing of an instance, absent | managed | unmanaged | other of a resource.
    """

    side: str
    source: str
    key: str
    resource: str
    type: str
    attribute: str
    state: str
    since: Moment | None
    """The first scan that found it so; None where an attribute is in sync."""
    last_in_sync: Moment | None
    age_days: int
    """Whole days from `since` to the newest scan."""
    turns: int
    """How often it turned within the runs looked at."""
    flapping: bool
    events: tuple[Event, ...]


class _Run:
    """What a run saw."""

    def __init__(self, row: Row) -> None:
        self.seen_at: datetime = row["seen_at"]
        self.moment = Moment(row["run"], row["id"], f"{self.seen_at:%Y-%m-%dT%H:%M:%SZ}")
        sources = json.loads(row["sources"])
        self.serials = {s["source"]: s["serial"] for s in sources if s["status"] == "ok"}
        self.ignored_tags = tuple(row["ignored_tags"])
        self._sight = _loaded(row["sight"])

    def whole(self, type_: str, account: str, region: str, parent: str) -> bool:
        """Whether such a resource would have been seen, had it been there."""
        broken = self._sight.get(f"{type_} {account} {region}")
        return broken == [] or (broken is not None and parent not in ("", *broken))


_loaded = cache(json.loads)


class _Chronicle:
    """The rows of a past, by subject and run."""

    def __init__(self, past: Any, window: int) -> None:
        self.runs = {row["run"]: _Run(row) for row in sorted(past.runs, key=itemgetter("run"))}
        names = itemgetter("side", "source", "key")
        self.subjects = {row["subject"]: row for row in sorted(past.subjects, key=names)}
        self.lives, self.unread = _lives(past.observations), _lives(past.unread)
        self.documents = {
            row["hash"]: {name: bytes(value).decode() for name, value in members.items()}
            for row in past.documents
            for members in [msgspec.json.decode(row["document"], type=dict[str, msgspec.Raw])]
        }
        self.newest, self._window = max(self.runs, default=0), window
        self.looked, self.sighted = cache(self._looked), cache(self._sighted)

    def _sighted(self, subject: int) -> list[int]:
        """The runs that looked at a subject: they read its state, and the list its resource stands in."""
        told, life = self.subjects[subject], self.lives[subject]
        links = [row["resource"] for row in life.values() if row["resource"] is not None]
        source = told["source"] if told["side"] == "declared" else None
        place = self.subjects[links[-1]] if links else told
        found = self.looked(source, *(place[n] for n in ("type", "account", "region", "parent")))
        # an observation is proof enough, even where the rest of its list was cut
        return sorted(found | life.keys())

    def _looked(self, source: str | None, *place: str) -> frozenset[int]:
        return frozenset(
            number
            for number, run in self.runs.items()
            if (source is None or source in run.serials) and run.whole(*place)
        )

    def turns(self, subject: int) -> list[int]:
        """The runs in which something may be otherwise than in the one before that looked."""
        life, sighted = self.lives[subject], self.sighted(subject)
        links = {row["resource"] for row in life.values()}
        marks = {*life, *self.unread[subject]}.union(*(self.lives[link] for link in links))
        found = {bisect_left(sighted, mark) for mark in marks}
        return [sighted[place] for place in sorted(found) if place < len(sighted)]

    def event(self, subject: int, kind: str, last: int | None, number: int, *told: Any) -> Event:
        """What happened to a subject between two runs."""
        before, now = self.runs.get(last or 0), self.runs[number]
        source = self.subjects[subject]["source"]
        serials = before.serials.get(source) if before else None, now.serials.get(source)
        return Event(kind, before.moment if before else None, now.moment, serials, *told)

    def story(
        self, subject: int, state: str, since: int | None, events: Sequence[Event], *,
        attribute: str = "", in_sync: int | None = None, turned: Iterable[int] | None = None,
    ) -> list[Story]:  # fmt: skip
        """The story, where something is not as it should be or had an event in the window."""
        standing = state in ("changed", "missing", "unmanaged")
        if not standing and all(event.at.run <= self.newest - self._window for event in events):
            return []
        if turned is None:  # what was so at first sight is no turn
            turned = [event.at.run for event in events if event.after]
        turns = len({*turned}.intersection(self.sighted(subject)[-self._window :]))
        days = (self.runs[self.newest].seen_at - self.runs[since].seen_at).days if since else 0
        told, row = self.subjects[subject], _at(self.lives[subject], self.newest) or {}
        link = subject if told["side"] == "actual" else row.get("resource")
        names = (
            told["side"],
            told["source"],
            told["key"],
            self.subjects[link]["key"] if link else "",
        )
        return [
            Story(
                *names, told["type"], attribute, state,
                since=self.runs[since].moment if since else None,
                last_in_sync=self.runs[in_sync].moment if in_sync else None,
                age_days=max(0, days),
                turns=turns,
                flapping=turns >= FLAPS,
                events=tuple(events),
            )
        ]  # fmt: skip


def _lives(rows: Sequence[Row]) -> Mapping[int | None, Mapping[int, Row]]:
    found: dict[int | None, dict[int, Row]] = defaultdict(dict)
    for row in sorted(rows, key=itemgetter("run")):
        found[row["subject"]][row["run"]] = row
    return found


def _last(numbers: Sequence[int], number: int) -> int | None:
    """The last of the numbers that is not above one."""
    found = bisect_right(numbers, number)
    return numbers[found - 1] if found else None


def _at(life: Mapping[int, Row], number: int) -> Row | None:
    return life.get(_last(list(life), number) or 0)


def attributes(past: Any, runs: int = 10) -> list[Story]:
    """Every attribute that is out of sync, or had an event (EVENTS) in the last `runs` runs of the past.

    It flaps where its verdict turned three times or more within the last `runs` runs that looked at it.
    """
    chronicle = _Chronicle(past, runs)
    return [
        story
        for subject, told in chronicle.subjects.items()
        if told["side"] == "declared"
        for name, stretches in sorted(_stretches(chronicle, subject).items())
        for story in _attribute(chronicle, subject, name, stretches)
    ]


def _stretches(chronicle: _Chronicle, subject: int) -> dict[str, list[Stretch]]:
    """Each attribute that ever differed, from turn to turn, without what could not be read."""
    found: dict[str, list[Stretch]] = defaultdict(list)
    life, documents = chronicle.lives[subject], chronicle.documents
    ever = {name for row in life.values() for name in row["changed"] or ()}
    turns = chronicle.turns(subject)
    for number, following in zip(turns, [*turns[1:], chronicle.newest + 1], strict=False):
        row = _at(life, number)
        if row is None or row["hash"] is None:
            found.clear()
            continue
        unread = (_at(chronicle.unread[subject], number) or {}).get("attributes") or ()
        if row["verdict"] == "missing" or "*" in unread:
            continue
        there = _at(chronicle.lives[row["resource"]], number) or {}
        declared, actual = documents[row["hash"]], documents.get(there.get("hash"), {})
        until = _last(chronicle.sighted(subject), following - 1) or number
        for name in ever.intersection({*declared, *found}).difference(unread):
            verdict = "changed" if name in (row["changed"] or ()) else "in_sync"
            point = Point(verdict, declared.get(name), actual.get(name))
            found[name].append((number, until, point if name in declared else Point()))
    return found


def _attribute(
    chronicle: _Chronicle, subject: int, name: str, stretches: Sequence[Stretch]
) -> list[Story]:
    runs, before, last = chronicle.runs, Point(), None
    since = in_sync = synced = None
    events: list[Event] = []
    turned: list[int] = []
    for number, until, now in stretches:
        move = movement(before, now, synced)
        kind = EVENTS[before.verdict, now.verdict, move]
        if {before.verdict, now.verdict} == {"in_sync", "changed"}:
            turned.append(number)
            if name == "tags" and last and runs[last].ignored_tags != runs[number].ignored_tags:
                kind = "reassessed"  # other tags are compared now: neither side need have moved
        if kind:
            declared = (before.declared, now.declared)
            events.append(chronicle.event(subject, kind, last, number, move, declared))
        if now.verdict == "in_sync":
            in_sync, synced = until, now.actual
        since = (number if kind else since) if now.verdict == "changed" else None
        before, last = now, until
    return chronicle.story(
        subject, before.verdict, since, events, attribute=name, in_sync=in_sync, turned=turned
    )


def presences(past: Any, runs: int = 10) -> list[Story]:
    """What is missing or unmanaged, or had an event (ARRIVALS) in the last `runs` runs of the past.

    It flaps where it had three such events or more within them.
    """
    chronicle, stories = _Chronicle(past, runs), []
    for subject, told in chronicle.subjects.items():
        sighted, state, since = chronicle.sighted(subject), "start", None
        events: list[Event] = []
        for number, row in chronicle.lives[subject].items():
            now = "absent" if row["hash"] is None else STATES.get(row["verdict"], "other")
            if now != state:
                kind, last = ARRIVALS[told["side"], state, now], _last(sighted, number - 1)
                if kind:
                    events.append(chronicle.event(subject, kind, last, number))
                state, since = now, number
        stories += chronicle.story(subject, state, since, events)
    return stories
