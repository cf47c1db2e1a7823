"""Judges a snapshot: runs the rules, compares with the scan before, and writes the report into it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from scanner import __version__
from scanner.catalog.kinds import dumps
from scanner.directory import Directory
from scanner.errors import ScanInvalid
from scanner.judge import grants, summary
from scanner.judge.accounts import summaries
from scanner.judge.acts import told_once
from scanner.judge.before import Before
from scanner.judge.excusing import TAGS, about_waivers, excused
from scanner.judge.findings import EMPTY, aged, findings_of
from scanner.judge.load import population_sql, rule_set
from scanner.judge.notes import notes
from scanner.judge.readiness import cards, counting, counts
from scanner.judge.routing import Desk
from scanner.judge.run import Query, queries, run
from scanner.judge.sight import NO_STATE, Blind, Sight
from scanner.judge.stories import NONE, by_subject, with_time
from scanner.judge.waivers import RULE_TYPE, WAIVER_TYPE
from scanner.model import (
    SCHEMA,
    Finding,
    Report,
    Routing,
    Rule,
    Scan,
)
from scanner.seen import GLOBAL, Seen
from scanner.settings import Settings
from scanner.timeline import LastWrites
from scanner.waiver import Waiver

AT_ONCE = 10_000
"""So many findings are one text of a stored report."""


def judge(
    writer: Any,
    rules: Mapping[str, Rule],
    *,
    previous: Before | None,
    settings: Settings,
    clock: tuple[str, str],
    scopes: Sequence[tuple[str, str]],
    members: Sequence[Any],
    entries: Sequence[Any],
    facts: Any,
    states: Sequence[Any],
    known: Mapping[str, Any] = EMPTY,
    told: Sequence[Any] = (),
    writes: Mapping[str, LastWrites] = NONE,
    history_gap: str = "",
    waivers: Sequence[Waiver] = (),
    directory: Directory | None = None,
) -> Report:
    """The report of the snapshot that `writer` holds; its findings are stored there too.

    `known` is what earlier scans say of findings, `told` what they say of drift (derive.stories.Told),
    `history_gap` why they could not be asked, or ``, and `writes` what CloudTrail says of drift. `waivers`
    are laid over the findings; `directory` says whether their owners are there.

    Raises ScanInvalid where the canary does not come back, or a rule process cannot run at all.
    """
    writer.close()
    own = about_waivers(rules)
    first = {id_: rule for id_, rule in rules.items() if id_ not in own}
    asked = [
        *queries(first),
        *(Query(f"population {r.id}", population_sql(r)) for r in first.values()),
        Query("canary", "select s.canary as canary from scan as s"),
        *([TAGS] if any("tag" in w.match for w in waivers) else []),
        *grants.asked(),
    ]
    answers = run(writer.partial, asked)
    if answers["canary"].error or [r["canary"] for r in answers["canary"].rows] != [1]:
        raise ScanInvalid(
            f"the scan cannot be judged: {answers['canary'].error or 'its canary is gone'}",
            hint="nothing it does not find can be trusted; report this with the DuckDB version",
        )
    desk = Desk(facts, settings)
    seen = Seen(entries)
    spoken = frozenset(o.resource for o in facts.owners if o.said_of == o.resource)
    sight = Sight(seen, scopes, _state_gap(states), facts.matching.classes, history_gap, spoken)
    now = clock[1]
    found: list[Finding] = []
    blind: dict[str, list[Blind]] = {}
    for rule in first.values():
        found += findings_of(rule, answers[rule.id], facts.subjects, EMPTY, sight, now)
        blind[rule.id] = sight.blind(rule)

    def unseen(old: Finding) -> str:
        if old.rule not in rules:
            return "" if old.rule.startswith("watchbill/") else "the rule did not run"
        if answers[old.rule].error:
            return f"the rule failed: {answers[old.rule].error}"
        if old.type in (RULE_TYPE, WAIVER_TYPE):
            return ""
        return sight.lost(rules[old.rule], old)

    before = previous.findings if previous else ()
    then = previous.now if previous else ""
    earlier = [f for f in before if f.rule not in own]
    findings, used = excused(
        writer,
        rules,
        aged(desk.routed(found, first), earlier, unseen, then, known),
        waivers,
        answers=answers,
        blind=blind,
        sight=sight,
        scopes=scopes,
        before=previous,
        known=known,
        unseen=unseen,
        directory=directory or Directory(),
        instead=desk.instead,
        now=now,
    )
    findings = with_time(_declared(findings, facts.matching), now, by_subject(told), writes)
    findings = told_once(findings, rules)
    ready: Counter[tuple[str, str]] = Counter()
    lines = cards(facts, findings, blind, _state_gap(states), settings.restore_proven)
    told_of: dict[str, dict[str, str]] = {f.resource: {} for f in findings if f.status != "gone"}
    writer.insert("readiness", counting(lines, ready, told_of))
    writer.insert("findings", map(_row, findings))
    return Report(
        schema=SCHEMA,
        scan=Scan(
            id=writer.id,
            started=clock[0],
            finished=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            version=__version__,
            now=now,
            accounts=tuple(sorted({account for account, _ in scopes})),
            regions=tuple(sorted({region for _, region in scopes if region != GLOBAL})),
            rule_set=rule_set(rules),
            previous=previous.id if previous else None,
        ),
        coverage=summary.coverage(entries, rules, blind),
        counts=summary.counts(facts),
        findings=findings,
        rules=summary.rule_summaries(rules, answers, findings, blind),
        sources=tuple(summary.source(state) for state in sorted(states, key=lambda s: s.source)),
        types=summary.types(facts, seen, scopes),
        accounts=summaries(
            members,
            scopes,
            entries,
            (facts.subjects[resource] for resource in facts.matching.classes),
            findings,
        ),
        fallback_owner=settings.fallback_owner,
        overdue_days=settings.overdue_days,
        routing=Routing.of(findings),
        ownership=summary.ownership(facts),
        readiness=counts(ready),
        cards={resource: card for resource, card in told_of.items() if card},
        notes=notes(states, facts, entries, history_gap),
        waivers=used,
        grants=grants.ledger(
            answers, _state_gap(states), file=bool(settings.grants), members=members
        ),
        identified=summary.identified(facts),
    )


def _declared(findings: Sequence[Finding], matching: Any) -> Iterator[Finding]:
    """The findings with the state that declares what they are about."""
    missing = {
        (match.uid, match.declared.address): match.declared.source
        for match in matching.matches
        if match.resource is None
    }
    for finding in findings:
        about = (finding.resource, finding.address)
        held = matching.by_resource.get(finding.resource, ())
        sources = {m.declared.source for m in held if m.declared.address == finding.address}
        source = next(iter(sources)) if len(sources) == 1 else missing.get(about, "")
        if source and source != finding.declared_in:
            finding = replace(finding, declared_in=source)
        yield finding


def encoded(report: Report) -> Iterator[str]:
    """The report as a snapshot holds it: findings.json, and where they are many its findings apart."""
    if len(report.findings) <= AT_ONCE:
        yield msgspec.json.encode(report).decode()
        return
    yield msgspec.json.encode(replace(report, findings=())).decode()
    for first in range(0, len(report.findings), AT_ONCE):
        yield msgspec.json.encode(report.findings[first : first + AT_ONCE]).decode()


def _state_gap(states: Sequence[Any]) -> str:
    if not states:
        return NO_STATE
    broken = [s for s in states if s.status not in ("ok", "stale")]
    return f"{broken[0].source} could not be read ({broken[0].status})" if broken else ""


def _row(finding: Finding) -> dict[str, Any]:
    names = (
        "fingerprint", "rule", "severity", "status", "resource", "type", "account", "region",
        "address", "says", "first_seen", "id", "name", "fix", "earliest", "reopened",
    )  # fmt: skip
    return {
        **{name: getattr(finding, name) for name in names},
        "team": finding.owner.team,
        "via": finding.owner.via,
        "owner_state": finding.owner.state,
        "waiver": finding.waiver.id if finding.waiver else None,
        "evidence": dumps(dict(finding.evidence)),
    }
