"""Figures over time: how much is declared and owned, what comes and goes, how old it is, how long it lasts.

In: what a store's history has measured (store.recording.Measured) and the findings of its newest scan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from math import ceil, floor
from operator import itemgetter
from typing import Any

from scanner.model import OPEN, Finding
from scanner.timeline import Cleanup, Day, Figures, Flow, Share, Waste

AGES: Mapping[str, int] = {"<7": 7, "7-30": 30, "30-90": 90}
OLDEST = ">90"
AFTERWARDS = ("drift/absorbed-change", "drift/recurring-drift")
"""Rules that tell of the past: what they find ends by itself (macro `counted` in history.sql)."""
SHARES = ("declared", "owned", "accountable", "seen")
PASSING = ("new", "reopened", "fixed")
PRECISION = 1e-9


def figures(measured: Any, findings: Iterable[Finding]) -> Figures | None:
    """The figures, or None where nothing was measured."""
    if not measured.runs:
        return None
    newest = measured.runs[-1]["run"]
    by_run: dict[int, dict[str, Any]] = defaultdict(dict)
    waste: dict[int, Waste] = defaultdict(lambda: Waste(0.0, 0, 0))
    for row in measured.figures:
        if row["name"] == "waste":
            before = waste[row["run"]]
            waste[row["run"]] = Waste(
                round(before.monthly + row["part"], 2),
                before.priced + int(row["whole"]),
                before.unpriced + int(row["unseen"]),
            )
        else:
            by_run[row["run"]][row["name"]] = share(row["part"], row["whole"], row["unseen"])
    shares = {name: by_run[newest].get(name, share(0, 0, 0)) for name in SHARES}
    ages, unknown = pyramid(findings)
    return Figures(
        runs=len(measured.runs),
        since=measured.runs[0]["at"],
        **shares,
        teams=_teams([row for row in measured.flow if row["run"] == newest]),
        ages=ages,
        ages_unknown=unknown,
        cleanup=cleanup(None, measured.lives),
        cleanup_by_team=tuple(
            cleanup(team, list(rows))
            for team, rows in groupby(
                sorted(measured.lives, key=lambda r: (r["team"] is None, r["team"] or "")),
                key=itemgetter("team"),
            )
        ),
        waste=waste[newest],
        days=_days(measured, by_run, waste),
    )


def share(part: float, whole: float, unseen: float) -> Share:
    """A share that is 100 only where it is all, and unseen by 0 only where nothing is."""
    every = whole + unseen
    return Share(
        int(part),
        int(whole),
        int(unseen),
        floor(part / whole * 1000) / 10 if whole else None,
        ceil(unseen / every * 1000) / 10 if every else 0.0,
    )


def pyramid(findings: Iterable[Finding]) -> tuple[Mapping[str, int], int]:
    """Open findings by age, and how many more may be open."""
    counts = dict.fromkeys([*AGES, OLDEST], 0)
    unknown = 0
    for finding in findings:
        if finding.rule in AFTERWARDS or finding.type == "watchbill_rule":
            continue
        if finding.status in OPEN:
            fits = (name for name, below in AGES.items() if finding.age_days < below)
            counts[next(fits, OLDEST)] += 1
        unknown += finding.status == "unknown"
    return counts, unknown


def cleanup(team: str | None, lives: Sequence[Mapping[str, Any]]) -> Cleanup:
    """How long the findings of these lives last; a row is `n` lives of the same length."""
    done = sum(row["n"] for row in lives if row["fixed"])
    return Cleanup(
        team,
        fixed=done,
        open=sum(row["n"] for row in lives) - done,
        unseen=sum(row["n"] for row in lives if row["unseen"]),
        median_days=lasting(lives, 0.5),
        p90_days=lasting(lives, 0.1),
    )


def lasting(lives: Iterable[Mapping[str, Any]], left: float) -> float | None:
    """Days after which no more than `left` of them are open, by Kaplan and Meier; None: not yet known.

    A life that did not end counts among those at risk for as long as it was seen, its last day included.
    """
    ended: dict[float, int] = defaultdict(int)
    stopped: dict[float, int] = defaultdict(int)
    for row in lives:
        (ended if row["fixed"] else stopped)[row["days"]] += row["n"]
    at_risk = sum(ended.values()) + sum(stopped.values())
    surviving = 1.0
    for days in sorted({*ended, *stopped}):
        if ended[days]:
            surviving *= 1 - ended[days] / at_risk
            if surviving <= left + PRECISION:
                return round(days, 1)
        at_risk -= ended[days] + stopped[days]
    return None


def _teams(rows: Iterable[Mapping[str, Any]]) -> tuple[Flow, ...]:
    names = ("new", "reopened", "standing", "fixed", "unknown", "waived")
    made = [Flow(row["team"], *(int(row[name]) for name in names)) for row in rows]
    busy = [flow for flow in made if any(getattr(flow, name) for name in names)]
    return tuple(sorted(busy, key=lambda flow: (flow.team is None, flow.team or "")))


def _days(
    measured: Any, shares: Mapping[int, Mapping[str, Share]], waste: Mapping[int, Waste]
) -> tuple[Day, ...]:
    flow: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    fixed_in: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in measured.lives:
        if row["fixed"]:
            fixed_in[row["day"]].append(row)
    for row in measured.flow:
        for name in (*PASSING, "open", "unknown", "waived"):
            flow[row["run"]][name] += int(row[name])
    made = []
    for day, members in groupby(measured.runs, key=lambda row: row["at"][:10]):
        runs = list(members)
        last = runs[-1]["run"]
        of = shares.get(last, {})
        came, back, fixed = (sum(flow[r["run"]][name] for r in runs) for name in PASSING)
        declared, owned, accountable, seen = (
            of[name].percent if name in of else None for name in SHARES
        )
        made.append(
            Day(
                at=runs[-1]["at"],
                new=came,
                reopened=back,
                fixed=fixed,
                open=flow[last]["open"],
                unknown=flow[last]["unknown"],
                waived=flow[last]["waived"],
                declared=declared,
                owned=owned,
                accountable=accountable,
                seen=seen,
                waste=waste[last].monthly if last in waste else 0.0,
                fixed_after=lasting(fixed_in[day], 0.5) if day in fixed_in else None,
            )
        )
    return tuple(made)
