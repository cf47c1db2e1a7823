"""Figures over time, on a page and on a screen."""

from __future__ import annotations

import io
import re
from dataclasses import replace

from scanner.tell.figures import HEIGHT, WIDTH, counts, lasting, render, shares
from scanner.timeline import Figures

from . import sample
from .reading import Page, tree

MIXED = sample.mixed()


def figures() -> Figures:
    assert MIXED.figures is not None
    return MIXED.figures


def said() -> str:
    out = io.StringIO()
    render(MIXED, out)
    return out.getvalue()


def test_a_line_ends_where_its_last_day_is() -> None:
    drawn = counts(figures())
    (open_, unknown) = drawn.lines
    assert (drawn.top, open_.name, unknown.name) == ("1,200", "open", "unknown")
    points = [tuple(map(float, point.split(","))) for point in open_.points.split(" ")]
    assert [x for x, _ in points] == [0, WIDTH / 2, WIDTH]
    assert [y for _, y in points] == [156.0, 0.0, 156.3]
    assert open_.last == points[-1]


def test_what_is_not_known_has_no_point() -> None:
    drawn = shares(figures())
    assert [line.name for line in drawn.lines] == ["declared", "owned"]
    gap = replace(figures(), days=(figures().days[0], replace(figures().days[1], owned=None)))
    assert shares(gap).lines[1].points == f"0,{HEIGHT * 0.2:g}"


def test_the_page_has_the_trend_as_lines_and_as_a_table() -> None:
    text = tree(MIXED)["figures.html"]
    assert not Page(text).problems
    assert len(re.findall("<polyline", text)) == 5
    assert "style=" not in text
    table = text[text.index("Day by day") :]
    days = re.findall(r'<th scope="row"[^>]*>([0-9-]+)</th>', table)
    assert days == ["2026-11-23", "2026-11-22", "2026-11-21"]
    assert "1,200" in table
    assert "not known" in table


def test_each_figure_stands_with_what_was_not_seen() -> None:
    text = said()
    assert "declared in Terraform          90.5 % (181 of 200), 3 not seen (1.5 %)" in text
    assert "accountable in all four roles  not known (0 of 0), 200 not seen (100 %)" in text
    assert "half 12 days, nine of ten not known yet (7 fixed, 28 open)" in text
    assert "$31.50 of 4 orphans, 2 without a sure price" in text
    assert re.search(r"no owner +2 +1 +25 +3 +4 +1", text)


def test_without_a_history_there_are_no_figures() -> None:
    out = io.StringIO()
    render(replace(MIXED, figures=None), out)
    assert out.getvalue() == "No figures: this scan has no history.\n"
    assert "figures.html" not in tree(replace(MIXED, figures=None))


def test_a_team_of_any_name_is_text() -> None:
    hostile = replace(MIXED, figures=sample.over_time("<script>alert(1)</script>", "a\x1b[31m"))
    text = tree(hostile)["figures.html"]
    assert "<script>alert" not in text
    assert not Page(text).problems
    out = io.StringIO()
    render(hostile, out)
    assert "\x1b" not in out.getvalue()


def test_days_are_words() -> None:
    assert [lasting(days) for days in (1.0, 12.0, 2.5, None)] == [
        "1 day", "12 days", "2.5 days", "not known yet",
    ]  # fmt: skip
