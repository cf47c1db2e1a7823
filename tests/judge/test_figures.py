"""How long findings last, held against published numbers.

The remissions of 42 children with leukaemia (Freireich and others, 1963), the textbook example of censored
lives: in days here, there in weeks. Its Kaplan-Meier table: with 6-MP the survival falls to .857 at 6, .807
at 7, .753 at 10, .690 at 13, .627 at 16, .538 at 22, .448 at 23; the median is 23. With placebo none is
censored, and the median is 8.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from scanner.judge.figures import cleanup, figures, lasting

ENDED, CENSORED = [6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def lives(ended: list[int], still: list[int]) -> list[dict[str, Any]]:
    return [
        {"days": float(days), "fixed": fixed, "unseen": False, "n": 1}
        for fixed, held in ((True, ended), (False, still))
        for days in held
    ]


@pytest.mark.parametrize(
    ("left", "days"),
    [(0.86, 6.0), (0.85, 7.0), (0.76, 10.0), (0.7, 13.0), (0.63, 16.0), (0.54, 22.0), (0.5, 23.0),
     (0.449, 23.0), (0.44, None), (0.1, None)],
)  # fmt: skip
def test_open_findings_are_censored_as_the_textbook_has_it(left: float, days: float | None) -> None:
    assert lasting(lives(ENDED, CENSORED), left) == days


def test_without_an_open_one_it_is_the_plain_quantile() -> None:
    made = cleanup("payments", lives(PLACEBO, []))
    # of 21, two are left after 17: 9.5 %
    assert (made.median_days, made.p90_days, made.fixed, made.open) == (8.0, 17.0, 21, 0)


def test_open_ones_left_out_would_look_faster() -> None:
    assert lasting(lives(ENDED, []), 0.5) == 10.0


def test_each_day_says_how_long_what_was_fixed_in_it_had_stood() -> None:
    def run(number: int, at: str) -> dict[str, Any]:
        return {"run": number, "at": f"2026-11-{at}T00:00:00Z"}

    def life(days: float, day: str | None, n: int = 1) -> dict[str, Any]:
        return {
            "team": "a",
            "fixed": day is not None,
            "unseen": False,
            "days": days,
            "day": day,
            "n": n,
        }

    measured = SimpleNamespace(
        runs=[run(1, "21"), run(2, "22"), run(3, "23")],
        flow=[],
        lives=[
            life(2.0, "2026-11-21", 2),
            life(9.0, "2026-11-21"),
            life(5.0, "2026-11-23"),
            life(90.0, None),
        ],
        figures=[],
    )
    made = figures(measured, ())
    assert made is not None
    assert [day.fixed_after for day in made.days] == [2.0, None, 5.0]
