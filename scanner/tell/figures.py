"""Figures over time as a page and a terminal show them: shares in words, the trend as points of a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from scanner.model import Report
from scanner.tell import words
from scanner.tell.clean import clean
from scanner.timeline import Cleanup, Figures, Share

WIDTH, HEIGHT = 1000, 160
"""Of a chart, in its own units."""
DAYS = 400
"""The newest so many days are drawn and listed."""
SHARES = (
    ("declared", "declared in Terraform"),
    ("owned", "owned"),
    ("accountable", "accountable in all four roles"),
)
NO_OWNER = "no owner"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart: its name, its points as an SVG polyline has them, and where it ends."""

    name: str
    points: str
    last: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over days, and the value that the top of it stands for."""

    lines: tuple[Line, ...]
    top: str


def counts(figures: Figures) -> Chart:
    """Open findings, and those that could not be looked at, a day each."""
    days = figures.days[-DAYS:]
    columns = {"open": [d.open for d in days], "unknown": [d.unknown for d in days]}
    top = max(1, *(v for column in columns.values() for v in column))
    made = [_line(name, values, top) for name, values in columns.items() if any(values)]
    return Chart(tuple(made), words.number(top))


def cleanups(figures: Figures) -> Chart:
    """How long what was fixed had stood, a day each with a fix."""
    days = figures.days[-DAYS:]
    values = [d.fixed_after for d in days]
    top = max((v for v in values if v is not None), default=0.0)
    line = _line("fixed", values, max(1.0, top))
    return Chart((line,) if line.points else (), lasting(max(1.0, top)))


def shares(figures: Figures) -> Chart:
    """What is declared, owned and accountable, in percent."""
    days = figures.days[-DAYS:]
    lines = [_line(name, [getattr(d, name) for d in days], 100) for name, _ in SHARES]
    return Chart(tuple(line for line in lines if line.points), "100 %")


def _line(name: str, values: Sequence[float | None], top: float) -> Line:
    step = WIDTH / max(1, len(values) - 1)
    points = [
        (round(place * step, 1), round(HEIGHT - value / top * HEIGHT, 1))
        for place, value in enumerate(values)
        if value is not None
    ]
    text = " ".join(f"{x:g},{y:g}" for x, y in points)
    return Line(name, text, points[-1] if points else (0, 0))


def percent(value: float | None) -> str:
    """`93 %`, or `not known`."""
    return "not known" if value is None else words.percent(value)


def unseen(share: Share) -> str:
    """How much of a share could not be said: `all of it was seen`, `3 not seen (1.5 %)`."""
    if not share.unseen:
        return "all of it was seen"
    return f"{words.number(share.unseen)} not seen ({words.percent(share.unseen_percent)})"


def lasting(days: float | None) -> str:
    """`12 days`, or that it cannot be said yet."""
    if days is None:
        return "not known yet"
    return words.plural(int(days), "day") if float(days).is_integer() else f"{days:g} days"


def money(value: float) -> str:
    """`$1,204.50`."""
    return f"${value:,.2f}"


def render(report: Report, out: TextIO) -> None:
    """Write the figures of `report` as lines for a terminal."""
    for line in _lines(report.figures):
        out.write(f"{clean(line)}\n")


def _lines(figures: Figures | None) -> Iterator[str]:
    if figures is None:
        yield "No figures: this scan has no history."
        return
    scans = words.plural(figures.runs, "scan")
    yield f"Figures over {scans} since {words.moment(figures.since)}"
    for name, title in SHARES:
        yield _share(title, getattr(figures, name))
    yield _share("seen of what was asked", figures.seen)
    ages = ", ".join(f"{name} days {words.number(n)}" for name, n in figures.ages.items())
    yield f"  {'open by age':<31}{ages}; {words.number(figures.ages_unknown)} not known"
    waste = figures.waste
    yield (
        f"  {'waste a month':<31}{money(waste.monthly)} of {words.plural(waste.priced, 'orphan')}, "
        f"{words.number(waste.unpriced)} without a sure price"
    )
    yield f"  {'fixed within':<31}{_cleanup(figures.cleanup)}"
    yield ""
    yield f"{'team':<30}{'new':>6}{'back':>6}{'stands':>8}{'fixed':>7}{'not known':>11}{'waived':>8}"
    for flow in figures.teams:
        yield (
            f"{words.short(flow.team or NO_OWNER, 28):<30}{flow.new:>6}{flow.reopened:>6}"
            f"{flow.standing:>8}{flow.fixed:>7}{flow.unknown:>11}{flow.waived:>8}"
        )
    if len(figures.cleanup_by_team) > 1:
        yield ""
        for each in figures.cleanup_by_team:
            yield f"{words.short(each.team or NO_OWNER, 28):<33}{_cleanup(each)}"


def _share(title: str, share: Share) -> str:
    of = f"{words.number(share.part)} of {words.number(share.whole)}"
    return f"  {title:<31}{percent(share.percent)} ({of}), {unseen(share)}"


def _cleanup(cleanup: Cleanup) -> str:
    return (
        f"half {lasting(cleanup.median_days)}, nine of ten {lasting(cleanup.p90_days)} "
        f"({words.number(cleanup.fixed)} fixed, {words.number(cleanup.open)} open)"
    )
