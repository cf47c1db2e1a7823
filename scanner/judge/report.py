"""Judges a snapshot: runs the rules, compares with the scan before, and writes the report into it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from math import floor
from typing import Any, get_args

import msgspec

from scanner import __version__
from scanner.catalog import load
from scanner.catalog.kinds import dumps
from scanner.directory import Directory
from scanner.errors import ScanInvalid
from scanner.judge.accounts import summaries
from scanner.judge.before import Before
from scanner.judge.excusing import TAGS, about_waivers, excused
from scanner.judge.findings import EMPTY, Subject, aged, findings_of
from scanner.judge.load import population_sql, rule_set
from scanner.judge.notes import notes
from scanner.judge.readiness import cards, counts
from scanner.judge.routing import Desk
from scanner.judge.run import Answer, Query, queries, run
from scanner.judge.sight import NO_STATE, Blind, Sight
from scanner.judge.stories import by_subject, with_time
from scanner.judge.waivers import RULE_TYPE, WAIVER_TYPE
from scanner.model import (
    ACTUAL_COUNTS,
    DECLARED_COUNTS,
    OPEN,
    SCHEMA,
    Counts,
    Coverage,
    Finding,
    Gap,
    OwnerState,
    Report,
    Routing,
    Rule,
    RuleSummary,
    Scan,
    Source,
    TypeCoverage,
)
from scanner.seen import GLOBAL, Seen, counted
from scanner.settings import Settings
from scanner.waiver import Waiver


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
    history_gap: str = "",
    waivers: Sequence[Waiver] = (),
    directory: Directory | None = None,
) -> Report:
    """The report of the snapshot that `writer` holds; its findings are stored there too.

    `known` is what earlier scans say of findings, `told` what they say of drift (derive.stories.Told), and
    `history_gap` why they could not be asked, or ``. `waivers` are laid over the findings; `directory` says
    whether their owners are there.

    Raises ScanInvalid where the canary does not come back, or a rule process cannot run at all.
    """
    writer.close()
    own = about_waivers(rules)
    first = {id_: rule for id_, rule in rules.items() if id_ not in own}
    asked = [
        *queries(first),
        *(Query(f"population {r.id}", population_sql(r)) for r in first.values()),
        Query(
            "subjects", "select resource, type, id, name, account, region, address from subjects"
        ),
        Query("canary", "select s.canary as canary from scan as s"),
        *([TAGS] if any("tag" in w.match for w in waivers) else []),
    ]
    answers = run(writer.partial, asked)
    if answers["canary"].error or [r["canary"] for r in answers["canary"].rows] != [1]:
        raise ScanInvalid(
            f"the scan cannot be judged: {answers['canary'].error or 'its canary is gone'}",
            hint="nothing it does not find can be trusted; report this with the DuckDB version",
        )
    subjects = {row["resource"]: Subject(**row) for row in answers["subjects"].rows}
    desk = Desk(facts, settings)
    owners = desk.owners()
    seen = Seen(entries)
    spoken = frozenset(o.resource for o in facts.owners if o.said_of == o.resource)
    sight = Sight(seen, scopes, _state_gap(states), facts.matching.classes, history_gap, spoken)
    now = clock[1]
    found: list[Finding] = []
    blind: dict[str, list[Blind]] = {}
    for rule in first.values():
        found += findings_of(rule, answers[rule.id], subjects, owners, sight, now)
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
        directory=directory,
        now=now,
    )
    findings = with_time(findings, now, by_subject(told))
    ready = cards(facts, subjects, findings, blind, _state_gap(states), settings.restore_proven)
    report = Report(
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
        coverage=coverage(entries, rules, blind),
        counts=_counts(facts),
        findings=findings,
        rules=tuple(_summary(r, answers, findings, blind.get(r.id, ())) for r in rules.values()),
        sources=tuple(_source(state) for state in sorted(states, key=lambda s: s.source)),
        types=_types(facts, seen, scopes),
        accounts=summaries(
            members,
            scopes,
            entries,
            (s for resource, s in subjects.items() if resource in facts.types),
            findings,
        ),
        fallback_owner=settings.fallback_owner,
        routing=Routing.of(findings),
        ownership=_ownership(facts),
        readiness=counts(ready),
        notes=notes(states, facts, entries, history_gap),
        waivers=used,
        identified=_identified(facts),
    )
    writer.insert("readiness", [asdict(line) for line in ready])
    writer.insert("findings", [_row(f) for f in findings])
    return report


def _identified(facts: Any) -> Mapping[str, Mapping[str, int]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for known in facts.identified:
        found[known.type][known.state] += 1
    return {type_: dict(sorted(states.items())) for type_, states in sorted(found.items())}


def _ownership(facts: Any) -> Mapping[str, int]:
    """How many resources that people made are in each state of ownership."""
    found = Counter(o.state for o in facts.owners if o.resource in facts.own)
    return {state: found[state] for state in get_args(OwnerState)}


def encoded(report: Report) -> str:
    """The report as a snapshot holds it."""
    return msgspec.json.encode(report).decode()


def _state_gap(states: Sequence[Any]) -> str:
    if not states:
        return NO_STATE
    broken = [s for s in states if s.status not in ("ok", "stale")]
    return f"{broken[0].source} could not be read ({broken[0].status})" if broken else ""


def coverage(
    entries: Sequence[Any], rules: Mapping[str, Rule], blind: Mapping[str, Sequence[Blind]]
) -> Coverage:
    """How much of what was asked came back whole, and what stands in the way of which rules."""
    entries = counted(entries)
    complete = sum(entry.complete for entry in entries)
    percent = floor(complete / len(entries) * 1000) / 10 if entries else 0.0
    groups: dict[tuple[str, str, str, str, str, str], list[Any]] = defaultdict(list)
    for entry in entries:
        if not entry.complete:
            key = (
                entry.account, entry.region, entry.service, entry.operation, entry.status,
                entry.error_code,
            )  # fmt: skip
            groups[key].append(entry)
    gaps = []
    for (account, region, service, operation, status, code), group in sorted(groups.items()):
        types = {entry.type for entry in group if entry.type}
        affected = _below(types)
        hit = {
            rule
            for rule, places in blind.items()
            for place in places
            if (place.type in affected or (not place.type and service == "state"))
            and place.account == account
        }
        gaps.append(
            Gap(
                account, region, service, operation, status, code, group[0].message, len(group),
                tuple(sorted(affected)), tuple(sorted(hit)),
            )
        )  # fmt: skip
    return Coverage(len(entries), complete, percent, tuple(gaps))


def _below(types: set[str]) -> set[str]:
    """The types and every type that is found through one of them."""
    found = set(types)
    for kind in load().values():  # containers stand before what they contain
        if kind.container in found:
            found.add(kind.type)
    return found


def _counts(facts: Any) -> Counts:
    declared = Counter(m.status for m in facts.matching.matches)
    actual = Counter(facts.matching.classes.values())
    return Counts(
        {name: declared[name] for name in DECLARED_COUNTS},
        {name: actual[name] for name in ACTUAL_COUNTS},
    )


def _summary(
    rule: Rule, answers: Mapping[str, Answer], findings: Sequence[Finding], blind: Sequence[Blind]
) -> RuleSummary:
    own = [f for f in findings if f.rule == rule.id]
    rows = answers[f"population {rule.id}"].rows
    scopes = sorted(
        {
            f"{b.account} {b.region}{' ' + b.resource_id if b.resource_id else ''}: {b.reason}"
            for b in blind
        }
    )
    return RuleSummary(
        id=rule.id,
        title=rule.title,
        severity=rule.severity,
        role=rule.role,
        why=rule.why,
        fix=rule.fix,
        population=int(rows[0]["n"]) if rows else 0,
        findings=sum(f.status in OPEN for f in own),
        unknown=sum(f.status == "unknown" for f in own) + len(scopes),
        blind=tuple(scopes),
        preview=rule.status == "preview",
    )


def _source(state: Any) -> Source:
    return Source(
        source=state.source,
        status=state.status,
        message=state.message,
        serial=state.serial,
        lineage=state.lineage,
        terraform_version=state.terraform_version,
        instances=len(state.instances),
        digest=state.digest,
    )


def _types(facts: Any, seen: Seen, scopes: Sequence[tuple[str, str]]) -> tuple[TypeCoverage, ...]:
    actual = Counter(facts.types.values())
    declared = Counter(m.type for m in facts.matching.matches)
    names = sorted({*load(), *declared})
    return tuple(
        TypeCoverage(
            type=name,
            actual=actual[name],
            declared=declared[name],
            compared=facts.compared.get(name, 0),
            not_compared=facts.not_compared.get(name, 0),
            complete=name in load()
            and not any(
                seen.listed(name, a, r) for a, r in scopes if seen.asked_of(load()[name], a)
            ),
        )
        for name in names
    )


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
