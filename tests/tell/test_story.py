"""When a finding came, and what became of it before, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scanner.tell import words
from scanner.tell.story import MOST, came, lines, writes
from scanner.timeline import Event, LastWrites, Story, Write
from tests.tell.harbour import FINDINGS

FIRST, SECOND, THIRD = "2026-11-01T02:00:00Z", "2026-11-02T02:00:00Z", "2026-11-03T02:00:00Z"
DAYS = ("2026-11-01 02:00 UTC", "2026-11-02 02:00 UTC", "2026-11-03 02:00 UTC")
DRIFT = next(f for f in FINDINGS if f.rule == "drift/changed-attribute")


def story(*events: Event, after: str | None = FIRST, **more: Any) -> Story:
    return Story(SECOND, after, more.pop("age_days", 20), more.pop("flapping", False), events)


def test_what_came_between_two_scans() -> None:
    assert came(replace(DRIFT, story=story())) == f"between {DAYS[0]} and {DAYS[1]}"
    told = came(replace(DRIFT, story=story(after=None)))
    assert told == f"before {DAYS[1]}, the first scan that looked"
    found = story(Event("found", None, SECOND), after=None)
    said = f"before {DAYS[1]}: since it is declared, no scan saw it in sync"
    assert came(replace(DRIFT, story=found)) == said
    assert came(replace(DRIFT, story=None)) == ""


def test_the_last_writes_are_told_as_such_and_only_a_call_that_names_the_attribute_is_said_to() -> (
    None
):
    attribute = DRIFT.evidence["attribute"]
    named = Write("SetIt", FIRST, "ada", "admin", "sqs.amazonaws.com", "Terraform", (attribute,))
    other = Write("TagIt", SECOND, "", "", "sqs.amazonaws.com", "")
    assert writes(replace(DRIFT, last_writes=LastWrites((other, named)))) == (
        f"{DAYS[1]}: TagIt (sqs.amazonaws.com) by somebody",
        f"{DAYS[0]}: SetIt (sqs.amazonaws.com) by ada in the role admin with Terraform, "
        "which names this attribute",
    )
    assert writes(replace(DRIFT, last_writes=LastWrites((), "no"))) == ("not known: no",)
    (off,) = writes(replace(DRIFT, last_writes=None))
    assert "change_lookups" in off
    assert writes(replace(DRIFT, rule="watch/unwatched-queue")) == ()


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (Event("introduced", FIRST, SECOND, "actual"), "was changed in AWS"),
        (Event("introduced", FIRST, SECOND, "declared"), "was declared otherwise, and AWS did not follow"),
        (Event("introduced", FIRST, SECOND, "both"), "was changed"),
        (
            Event("absorbed", FIRST, SECOND, "declared", (7, 8)),
            "was taken over by the state, which now declares what AWS had (state serial 7 to 8)",
        ),
        (Event("reverted", FIRST, SECOND, "actual", (7, 8)), "was put back to what is declared"),
    ],
)  # fmt: skip
def test_an_event_is_a_sentence(event: Event, said: str) -> None:
    assert lines(replace(DRIFT, story=story(event))) == (
        f"between {DAYS[0]} and {DAYS[1]} it {said}",
    )


def test_what_nobody_saw_before_has_one_moment() -> None:
    (line,) = lines(replace(DRIFT, story=story(Event("found", None, THIRD))))
    assert line == f"{DAYS[2]}: it was out of sync when it was first looked at"


def test_flapping_and_coming_back_are_said() -> None:
    told = lines(replace(DRIFT, story=story(flapping=True), reopened=2, earliest=FIRST))
    assert told == (
        "it is flapping: it keeps being changed and put back",
        f"this finding had gone and came back 2 times; it was first seen {DAYS[0]}",
    )
    short = replace(DRIFT, story=story(flapping=True), reopened=2, age_days=20)
    assert words.lasting(short) == "20 days, reopened, flapping"
    assert words.lasting(replace(DRIFT, age_days=0, story=None)) == "today"


def test_of_many_events_the_newest_are_told() -> None:
    events = [Event("introduced", FIRST, SECOND, "actual")] * (MOST + 2)
    told = lines(replace(DRIFT, story=story(*events)))
    assert told[0] == "2 earlier events in findings.json"
    assert len(told) == MOST + 1
