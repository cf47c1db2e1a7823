"""The truth tables of drift over time, and the laws that hold whatever the nights were."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise, product
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.derive.history import Story, attributes, presences
from scanner.derive.turns import ARRIVALS, EVENTS, Point, movement

MOVES = ("neither", "actual", "declared", "both", "took", "back", "crossed")
VERDICTS = ("absent", "in_sync", "changed")
DELAY = frozenset({"delay_seconds"})
SOURCE, ADDRESS, QUEUE = "lineage", "aws_sqs_queue.a", "arn:aws:sqs:us-east-1:1:a"
PLACE = "aws_sqs_queue 1 us-east-1"


@dataclass(frozen=True)
class Night:
    """One scan of one declared queue: what each side says, and what the scan could look at."""

    declared: Mapping[str, Any] | None = None
    actual: Mapping[str, Any] | None = None
    changed: frozenset[str] | None = None
    unread: frozenset[str] = frozenset()
    state_read: bool = True
    region_scanned: bool = True
    managed: str = "declared"
    ignored_tags: tuple[str, ...] = ()
    day: int | None = None

    @property
    def looked(self) -> bool:
        return self.state_read and self.region_scanned

    @property
    def differing(self) -> list[str]:
        if self.changed is not None:
            return sorted(self.changed)
        both = (self.declared or {}).keys() & (self.actual or {}).keys() - self.unread
        return sorted(k for k in both if (self.declared or {})[k] != (self.actual or {})[k])


UNSEEN = Night({}, region_scanned=False)  # declared, whatever it says


def past(nights: Sequence[Night]) -> Any:
    """The rows a store would hold after these nights: observations only where something is otherwise."""
    made = SimpleNamespace(runs=[], subjects=[], observations=[], unread=[], documents=[])
    held: dict[int, Any] = {}
    merged: dict[int, dict[str, Any]] = {1: {}, 2: {}}
    differing: set[str] = set()
    unread: frozenset[str] = frozenset()
    for subject, side, source, key in ((1, "declared", SOURCE, ADDRESS), (2, "actual", "", QUEUE)):
        place = {"type": "aws_sqs_queue", "account": "1", "region": "us-east-1", "parent": ""}
        made.subjects.append(
            {"subject": subject, "side": side, "source": source, "key": key, **place}
        )

    def document(content: Mapping[str, Any]) -> str:
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        made.documents.append({"hash": text, "document": text})
        return text

    def observe(run: int, subject: int, *row: Any) -> None:
        if held.get(subject, (None,) * 4) != row:
            held[subject] = row
            names = ("hash", "verdict", "changed", "resource")
            made.observations.append(
                {"run": run, "subject": subject, **dict(zip(names, row, strict=True))}
            )

    for number, night in enumerate(nights, 1):
        read = [
            {
                "source": SOURCE,
                "serial": number,
                "status": "ok" if night.state_read else "malformed",
            }
        ]
        made.runs.append(
            {
                "run": number,
                "id": f"scan-{number}",
                "seen_at": datetime(2026, 1, 1) + timedelta(days=night.day or number),
                "sources": json.dumps(read),
                "ignored_tags": list(night.ignored_tags),
                "sight": json.dumps({PLACE: []} if night.region_scanned else {}),
            }
        )
        if night.region_scanned and night.actual is not None:
            fresh = {k: v for k, v in night.actual.items() if k not in night.unread}
            merged[2] = {**{k: v for k, v in merged[2].items() if k in night.unread}, **fresh}
            observe(number, 2, document(merged[2]), night.managed, None, None)
        elif night.region_scanned:
            observe(number, 2, None, None, None, None)
        if not night.state_read:
            continue
        if night.declared is None:
            observe(number, 1, None, None, None, 2 if 1 in held else None)
        elif night.looked and night.actual is None:
            merged[1] = merged[1] or {}
            observe(number, 1, document(merged[1]), "missing", None, 2)
        elif night.looked:
            merged[1] = dict(night.declared)
            differing = {*night.differing} | (differing & night.unread)
            observe(number, 1, document(merged[1]), "matched", sorted(differing) or None, 2)
            if night.unread != unread:
                unread = night.unread
                made.unread.append(
                    {"run": number, "subject": 1, "attributes": sorted(unread) or None}
                )
    return made


def delay(declared: Any, actual: Any, **more: Any) -> Night:
    return Night({"delay_seconds": declared}, {"delay_seconds": actual}, **more)


def kinds(stories: Sequence[Story]) -> list[str]:
    return [event.kind for story in stories for event in story.events]


def happened(*nights: Night, runs: int = 10) -> list[str]:
    return kinds(attributes(past(nights), runs))


def moved(move: str) -> tuple[Point, Point]:
    declared = {
        "neither": "d",
        "actual": "d",
        "declared": "e",
        "both": "e",
        "took": "a",
        "back": "e",
    }
    actual = {"neither": "a", "actual": "b", "declared": "a", "both": "b", "took": "b"}
    return Point("", "d", "a"), Point("", declared.get(move, "a"), actual.get(move, "d"))


@pytest.mark.parametrize("move", MOVES)
def test_which_side_moved(move: str) -> None:
    before, now = moved(move)
    assert movement(before._replace(verdict="changed"), now._replace(verdict="changed")) == move


def meant(before: str, now: str, move: str) -> str:
    """The words by their meaning, one after the other; no two may hold at once."""
    declared_moved = move not in ("neither", "actual")
    actual_moved = move not in ("neither", "declared")
    declared_is_what_actual_was = move in ("took", "crossed") or move == "declared"
    actual_is_what_declared_was = move in ("back", "crossed") or move == "actual"
    back_in_sync = (before, now) == ("changed", "in_sync")
    rejudged = (not declared_moved and not actual_moved) or move == "crossed"
    holds = {
        "found": (before, now) == ("absent", "changed"),
        "undeclared": (before, now) == ("changed", "absent"),
        "introduced": (before, now) == ("in_sync", "changed") and (declared_moved or actual_moved),
        "reassessed": (back_in_sync and rejudged)
        or ((before, now) == ("in_sync", "changed") and not declared_moved and not actual_moved),
        "absorbed": (back_in_sync and not rejudged and declared_is_what_actual_was)
        or ((before, now) == ("changed", "changed") and move in ("took", "crossed")),
        "reverted": back_in_sync and not rejudged and actual_is_what_declared_was,
        "settled": back_in_sync and move == "both",
    }
    assert sum(holds.values()) <= 1, (before, now, move)
    return next((word for word, held in holds.items() if held), "")


@pytest.mark.parametrize(("before", "now", "move"), [*product(VERDICTS, VERDICTS, MOVES)])
def test_the_table_says_what_is_meant(before: str, now: str, move: str) -> None:
    assert EVENTS[before, now, move] == meant(before, now, move)
    assert len(EVENTS) == 63


@pytest.mark.parametrize(("before", "now", "move"), [*product(VERDICTS[1:], VERDICTS[1:], MOVES)])
def test_two_nights_end_in_the_event_of_the_table(before: str, now: str, move: str) -> None:
    first, second = moved(move)
    nights = [
        delay(
            point.declared,
            point.actual,
            changed=frozenset({"delay_seconds"} if verdict == "changed" else ()),
        )
        for point, verdict in ((first, before), (second, now))
    ]
    found = happened(*nights)
    assert found == (["found"] if before == "changed" else []) + [
        k for k in [meant(before, now, move)] if k
    ]


def test_introduced_names_the_last_scan_in_sync_and_the_first_that_was_not() -> None:
    nights = [delay(0, 0), delay(0, 0), UNSEEN, delay(0, 5), delay(0, 5), delay(0, 7)]
    (story,) = attributes(past(nights))
    (event,) = story.events
    assert (event.kind, event.moved) == ("introduced", "actual")
    assert event.after is not None
    assert (event.after.scan, event.at.scan) == ("scan-2", "scan-4")
    assert story.since == event.at
    assert story.last_in_sync == event.after
    assert story.age_days == 2
    assert (story.key, story.resource, story.state) == (ADDRESS, QUEUE, "changed")


def test_absorbed_names_the_serials_and_what_was_declared() -> None:
    nights = [delay(0, 0), delay(0, 5), Night(state_read=False), delay(5, 5)]
    (story,) = attributes(past(nights))
    event = story.events[-1]
    assert (event.kind, event.serials, event.declared) == ("absorbed", (2, 4), ("0", "5"))
    assert story.state == "in_sync"
    assert story.since is None


def test_absorbed_even_where_something_moved_while_the_state_could_not_be_read() -> None:
    unread_state = Night({"delay_seconds": 0}, {"delay_seconds": 7}, state_read=False)
    assert happened(delay(0, 5), unread_state, delay(0, 7), delay(7, 7)) == ["found", "absorbed"]


def test_drift_that_was_absorbed_and_came_anew_is_as_old_as_the_new() -> None:
    (story,) = attributes(past([delay(0, 0), delay(0, 5), delay(5, 6)]))
    assert kinds([story]) == ["introduced", "absorbed"]
    assert story.since is not None
    assert story.since.scan == "scan-3"


def test_reverted() -> None:
    assert happened(delay(0, 0), delay(0, 5), delay(0, 0)) == ["introduced", "reverted"]


def test_a_change_that_was_applied_has_no_story() -> None:
    assert attributes(past([delay(0, 0), delay(5, 5), delay(6, 6)])) == []


def test_old_stories_end() -> None:
    over = [delay(0, 0), delay(0, 5), delay(0, 0)]
    assert happened(*over, *[delay(0, 0)] * 8, runs=10) == ["introduced", "reverted"]
    assert happened(*over, *[delay(0, 0)] * 10, runs=10) == []


@pytest.mark.parametrize(
    ("nights", "flapping"),
    [
        ([delay(0, 0), delay(0, 5), delay(0, 0)], False),
        ([delay(0, 0), delay(0, 5), delay(0, 0), delay(0, 5)], True),
        ([delay(0, 0), delay(0, 5), delay(0, 0), UNSEEN, UNSEEN, delay(0, 5)], True),
        ([delay(0, 0), delay(0, 5), delay(0, 0), delay(0, 0), delay(0, 0), delay(0, 5)], False),
    ],
    ids=["twice", "three times", "with nights unseen between", "too far apart"],
)
def test_flapping(nights: list[Night], flapping: bool) -> None:
    assert [story.flapping for story in attributes(past(nights), runs=4)] == [flapping]


def test_an_attribute_that_could_not_be_read_is_neither_in_sync_nor_changed() -> None:
    unread = DELAY
    nights = [delay(0, 0), delay(0, 0, unread=unread), delay(0, 9, unread=unread), delay(0, 5)]
    (story,) = attributes(past(nights))
    (event,) = story.events
    assert event.after is not None
    assert (event.kind, event.after.scan, event.at.scan) == ("introduced", "scan-1", "scan-4")
    drifted = [delay(0, 0), delay(0, 5), delay(0, 5, unread=unread), delay(0, 5)]
    assert kinds(attributes(past(drifted))) == ["introduced"]


def test_what_is_no_longer_declared_is_said() -> None:
    gone = Night({}, {"delay_seconds": 5})
    assert happened(delay(0, 5), gone) == ["found", "undeclared"]


def test_a_missing_resource_pauses_its_attributes() -> None:
    missing = Night({"delay_seconds": 0}, None)
    nights = [delay(0, 0), delay(0, 5), missing, delay(0, 5), delay(0, 0)]
    assert happened(*nights) == ["introduced", "reverted"]


def test_an_instance_that_left_the_state_begins_anew_when_it_comes_back() -> None:
    left = Night(None, {"delay_seconds": 5}, managed="unmanaged")
    assert attributes(past([delay(0, 0), delay(0, 5), left])) == []
    assert happened(delay(0, 0), delay(0, 5), left, delay(0, 5)) == ["found"]


def test_hidden_values_are_told_by_their_verdict() -> None:
    def secret(actual: str, *, changed: bool) -> Night:
        return delay("sensitive", actual, changed=DELAY if changed else frozenset())

    a, b = "hidden:aa", "hidden:bb"
    drift = [secret(a, changed=False), secret(b, changed=True)]
    assert happened(*drift, secret(b, changed=False)) == ["introduced", "absorbed"]
    assert happened(*drift, secret(a, changed=False)) == ["introduced", "reverted"]
    assert happened(*drift, secret("hidden:cc", changed=False)) == ["introduced", "settled"]


def test_other_ignored_tags_are_no_drift_and_no_mending() -> None:
    more = Night({"tags": {"team": "a"}}, {"tags": {"team": "a", "x": "1"}})
    less = Night({"tags": {"team": "a"}}, {"tags": {"team": "a"}}, ignored_tags=("x",))
    assert happened(more, less) == ["found", "reassessed"]
    assert happened(more, replace(less, ignored_tags=())) == ["found", "reverted"]


# -- resources and instances

THERE, NOT_THERE = Night({"a": 1}, {"a": 1}), Night({"a": 1}, None)
UNMANAGED, NOTHING = Night(None, {"a": 1}, managed="unmanaged"), Night(None, None)


@pytest.mark.parametrize(
    ("nights", "side", "expected"),
    [
        ([THERE, UNSEEN, NOT_THERE], "declared", ["lost 1 3"]),
        ([NOT_THERE], "declared", ["lost None 1"]),
        ([THERE, NOT_THERE, THERE], "declared", ["lost 1 2", "returned 2 3"]),
        ([THERE, UNMANAGED], "declared", ["dropped 1 2"]),
        ([THERE, UNMANAGED], "actual", ["released 1 2"]),
        ([NOTHING, UNMANAGED], "actual", ["appeared 1 2"]),
        ([UNMANAGED, UNSEEN, THERE], "actual", ["appeared None 1", "imported 1 3"]),
        (
            [UNMANAGED, NOTHING, UNMANAGED],
            "actual",
            ["appeared None 1", "vanished 1 2", "returned 2 3"],
        ),
        ([THERE, NOT_THERE], "actual", ["vanished 1 2"]),
    ],
)
def test_what_became_of_a_resource(nights: list[Night], side: str, expected: list[str]) -> None:
    stories = [s for s in presences(past(nights)) if s.side == side]
    told = [f"{e.kind} {e.after and e.after.run} {e.at.run}" for s in stories for e in s.events]
    assert told == expected


def test_missing_since_and_unmanaged_since() -> None:
    (lost,) = [
        s for s in presences(past([THERE, NOT_THERE, UNSEEN, NOT_THERE])) if s.side == "declared"
    ]
    assert lost.since is not None
    assert (lost.state, lost.since.scan, lost.age_days, lost.resource) == (
        "missing",
        "scan-2",
        2,
        QUEUE,
    )
    (unmanaged,) = presences(past([UNMANAGED] * 20))
    assert unmanaged.since is not None
    assert (unmanaged.state, unmanaged.since.scan, unmanaged.age_days) == (
        "unmanaged",
        "scan-1",
        19,
    )


def test_what_was_there_at_first_is_no_turn() -> None:
    (there,) = presences(past([UNMANAGED, NOTHING, UNMANAGED]))
    assert (there.turns, there.flapping) == (2, False)
    (comes,) = presences(past([UNMANAGED, NOTHING, UNMANAGED, NOTHING]))
    assert (comes.turns, comes.flapping) == (3, True)


def test_every_arrival_that_can_be_has_a_line() -> None:
    states = {
        "declared": ("absent", "matched", "missing"),
        "actual": ("absent", "managed", "unmanaged", "other"),
    }
    for side, possible in states.items():
        for before, now in product(("start", *possible), possible):
            assert (side, before, now) in ARRIVALS
            if before == now:
                assert ARRIVALS[side, before, now] == ""


# -- laws

VALUES = st.integers(0, 2)
NIGHTS = st.lists(
    st.one_of(
        st.builds(
            lambda d, a, e, b, unread: Night({"x": d, "y": e}, {"x": a, "y": b}, unread=unread),
            VALUES, VALUES, VALUES, VALUES,
            st.frozensets(st.sampled_from(["x", "y"])),
        ),
        st.sampled_from([UNSEEN, Night(state_read=False), NOT_THERE, UNMANAGED, NOTHING]),
    ),
    max_size=9,
)  # fmt: skip


def told(nights: Sequence[Night], names: Sequence[str] | None = None) -> Any:
    """Both kinds of story, with the scans by the given names and without ages."""

    def named(value: Any) -> Any:
        moment = value and (names[value.run - 1] if names else value.scan)
        return moment

    def plain(story: Story) -> Any:
        events = [(e.kind, named(e.after), named(e.at), e.moved, e.declared) for e in story.events]
        about = (story.side, story.key, story.attribute, story.state, story.flapping)
        return *about, named(story.since), named(story.last_in_sync), events

    rows = past(nights)
    return [plain(s) for s in [*attributes(rows, 100), *presences(rows, 100)]]


@settings(max_examples=150, deadline=None)
@given(NIGHTS, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_keys_does_not_matter(
    nights: list[Night], chance: random.Random
) -> None:
    rows = past(nights)
    mixed = SimpleNamespace(
        **{name: chance.sample(made, len(made)) for name, made in vars(rows).items()}
    )
    for row in mixed.documents:
        members = list(json.loads(row["document"]).items())
        row["document"] = json.dumps(
            dict(chance.sample(members, len(members))), separators=(",", ":")
        )
    assert attributes(mixed) == attributes(rows)
    assert presences(mixed) == presences(rows)


@settings(max_examples=150, deadline=None)
@given(NIGHTS, st.data())
def test_an_unseen_night_changes_nothing(nights: list[Night], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(nights)))
    unseen = data.draw(st.sampled_from([UNSEEN, Night(state_read=False, region_scanned=False)]))
    names = [f"scan-{number + 1}" for number in range(len(nights))]
    assert told(
        [*nights[:place], unseen, *nights[place:]], [*names[:place], "?", *names[place:]]
    ) == told(nights)


@settings(max_examples=150, deadline=None)
@given(NIGHTS.filter(bool), st.data())
def test_the_same_night_twice_changes_nothing(nights: list[Night], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(nights) - 1))
    names = [f"scan-{number + 1}" for number in range(len(nights))]
    twice = [*nights[: place + 1], *nights[place:]]
    assert told(twice, [*names[: place + 1], *names[place:]]) == told(nights)


@settings(max_examples=150, deadline=None)
@given(NIGHTS)
def test_a_transition_has_one_event_and_events_follow_each_other(nights: list[Night]) -> None:
    for story in [*attributes(past(nights)), *presences(past(nights))]:
        times = [event.at.run for event in story.events]
        assert times == sorted(set(times))
        for before, event in pairwise(story.events):
            assert event.after is not None
            assert before.at.run <= event.after.run < event.at.run


@settings(max_examples=150, deadline=None)
@given(NIGHTS)
def test_what_is_told_is_true_of_the_nights(nights: list[Night]) -> None:
    """Against a plain walk through full nights, without any history."""
    for story in attributes(past(nights)):
        for event in story.events:
            night = nights[event.at.run - 1]
            assert night.looked
            assert story.attribute not in night.unread
            if event.kind in ("introduced", "found"):
                assert story.attribute in night.differing
            if event.kind in ("reverted", "settled") or (
                event.kind == "absorbed" and story.attribute not in night.differing
            ):
                assert story.attribute not in night.differing
                assert event.after is not None
                assert story.attribute in nights[event.after.run - 1].differing
        if story.state == "changed" and story.last_in_sync is not None:
            assert story.attribute not in nights[story.last_in_sync.run - 1].differing


def test_nothing_comes_of_nothing() -> None:
    assert attributes(past([])) == []
    assert presences(past([])) == []
