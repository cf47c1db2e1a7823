"""What an owner is told: only what happened since they were last told, and nothing that was not seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scanner.judge.news import News, news
from scanner.model import Counts, Coverage, Finding, Owner, Report, Scan

from .made import BEFORE, NOW, finding

DAYS: Any = {"critical": 2, "high": 14, "medium": 60, "low": 180}


def report(
    *findings: Finding, now: str = NOW, id_: str = "b", previous: str | None = "a"
) -> Report:
    return Report(
        1, Scan(id_, now, now, "0", now, previous=previous), Coverage(1, 1, 100.0, ()),
        Counts({}, {}), findings,
    )  # fmt: skip


def owned(print_: str, team: str | None = "payments", **fields: Any) -> Finding:
    return replace(finding(print_, **fields), owner=Owner(team, "tag team", "valid", "tag"))


def told(after: Report, before: Report | None) -> dict[str, list[str]]:
    (one,) = news(after, lambda _: before, DAYS)
    return {kind: [f.fingerprint for f in found] for kind, found in one.told.items() if found}


def test_each_kind_of_news() -> None:
    before = report(
        owned("old", severity="low"), owned("worse", severity="low"), owned("fixed"),
        owned("late", severity="high"), now=BEFORE, id_="a",
    )  # fmt: skip
    after = report(
        owned("new"), owned("old", "payments", severity="low", status="standing"),
        owned("worse", severity="critical", status="standing"), owned("fixed", status="gone"),
        owned("late", severity="high", status="standing", first_seen=BEFORE),
    )  # fmt: skip
    assert told(after, before) == {
        "first seen": ["new"], "worse": ["worse"], "fixed": ["fixed"], "overdue": ["late"],
    }  # fmt: skip


def test_what_is_overdue_is_told_once_and_counted_always() -> None:
    old = owned("late", severity="critical", status="standing", first_seen="2026-10-01T00:00:00Z")
    (one,) = news(report(old), lambda _: report(old, now=BEFORE, id_="a"), DAYS)
    assert one.empty
    assert (one.open, one.overdue) == (1, 1)


def test_what_could_not_be_looked_at_or_is_waived_is_neither_fixed_nor_new() -> None:
    before = report(owned("a"), owned("b"), owned("c", status="unknown"), id_="a")
    after = report(
        owned("a", status="unknown"), owned("b", status="waived"), owned("c", status="standing")
    )
    assert told(after, before) == {}


def test_without_an_earlier_report_everything_open_is_first_seen() -> None:
    assert told(report(owned("a"), owned("b", status="gone"), previous=None), None) == {
        "first seen": ["a"]
    }


def test_each_owner_hears_of_their_own_and_the_fallback_that_it_is_one() -> None:
    fallback = replace(
        finding("x"), owner=Owner("platform", "fallback", "missing", "fallback", "guess")
    )
    made = news(report(owned("a"), fallback, owned("n", None)), lambda _: None, DAYS)
    assert [(one.team, one.open, one.fallback) for one in made] == [
        ("payments", 1, 0), ("platform", 1, 1), (None, 1, 0),
    ]  # fmt: skip


def test_no_news_is_empty() -> None:
    assert News("payments").empty
