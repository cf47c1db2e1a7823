"""The second pass over a snapshot: waivers are laid over the findings, then the rules about waivers run.

Those rules read the table `waivers`, which cannot be there before it is known what each waiver excuses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from scanner.directory import Directory
from scanner.judge.findings import aged, findings_of, order
from scanner.judge.load import population_sql
from scanner.judge.run import Answer, Query, queries, run
from scanner.judge.sight import Blind, Sight
from scanner.judge.waivers import SELVES, WAIVER_TYPE, excuse, rows, seen, uses
from scanner.model import Finding, Owner, Rule
from scanner.store.lineage import lineage
from scanner.subject import Subject
from scanner.waiver import Waiver, WaiverUse

TAGS = Query("tags", "select resource, tags from resources where tags is not null")
"""What waivers that match by tag need to know."""


def about_waivers(rules: Mapping[str, Rule]) -> dict[str, Rule]:
    """The rules whose subject is a waiver."""
    return {id_: rule for id_, rule in rules.items() if SELVES in lineage(rule.sql).tables}


def _there(waivers: Sequence[Waiver], directory: Directory) -> dict[str, bool]:
    """Of each owner whether somebody is there; one of whom the directory says nothing is left out."""
    found = {w.owner: directory.look_up(w.owner) for w in waivers}
    return {
        owner: known.state == "valid"
        for owner, known in found.items()
        if known.verified or known.state != "valid"
    }


def answering(name: str, directory: Directory, instead: Callable[[Owner], Owner]) -> Owner:
    """Who gets a finding about a waiver: its owner, where that is somebody who is there."""
    known = directory.look_up(name)
    made = Owner(
        known.team, "waiver", known.state, verified=known.verified, named=name,
        nearest=known.nearest,
    )  # fmt: skip
    return made if made.team else instead(made)


def excused(
    writer: Any,
    rules: Mapping[str, Rule],
    findings: Sequence[Finding],
    waivers: Sequence[Waiver],
    *,
    answers: dict[str, Answer],
    blind: Mapping[str, Sequence[Blind]],
    sight: Sight,
    scopes: Sequence[tuple[str, str]],
    before: Any,
    known: Mapping[str, Any],
    unseen: Callable[[Finding], str],
    directory: Directory,
    instead: Callable[[Owner], Owner],
    now: str,
) -> tuple[tuple[Finding, ...], tuple[WaiverUse, ...]]:
    """The findings with their waivers and those about waivers, and what became of each waiver.

    `answers` gets those of the rules about waivers; `before` is the scan before (before.Before), `known`
    what the history says of findings; `directory` says which of the waivers' owners are there, and
    `instead` who gets what one of them would have got who is not.
    """
    today = date.fromisoformat(now[:10])
    tags = (
        {row["resource"]: row["tags"] for row in answers[TAGS.id].rows}
        if TAGS.id in answers
        else {}
    )
    result, under = excuse(findings, waivers, tags, today)
    looked = {
        w.id: w.rule in blind and not answers[w.rule].error and seen(w, blind[w.rule], scopes)
        for w in waivers
    }
    used = uses(waivers, under, looked, before.waivers if before else (), today)
    table = rows(used, under, _there(waivers, directory), now)
    own = about_waivers(rules)
    asked = [*queries(own), *(Query(f"population {r.id}", population_sql(r)) for r in own.values())]
    if table and own:
        writer.insert(SELVES, table)
        writer.close()
        answers |= run(writer.partial, asked)
    else:
        answers |= {query.id: Answer(({"n": 0},) if query.id not in own else ()) for query in asked}
    subjects = {
        row["resource"]: Subject(row["resource"], WAIVER_TYPE, row["id"], row["id"], "", "", None)
        for row in table
    }
    owners = {row["resource"]: answering(row["owner"], directory, instead) for row in table}
    found = [
        finding
        for rule in own.values()
        for finding in findings_of(rule, answers[rule.id], subjects, owners, sight, now)
    ]
    earlier = [f for f in before.findings if f.rule in own] if before else []
    result += aged(found, earlier, unseen, before.now if before else "", known)
    return tuple(sorted(result, key=order)), used
