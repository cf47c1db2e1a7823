"""The parts of a report that count: how much was seen and compared, and what became of each rule."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from math import floor
from typing import Any, get_args

from scanner.catalog import ResourceType, load
from scanner.judge.run import Answer
from scanner.judge.sight import Blind
from scanner.model import (
    ACTUAL_COUNTS,
    DECLARED_COUNTS,
    OPEN,
    Counts,
    Coverage,
    Finding,
    Gap,
    OwnerState,
    Rule,
    RuleSummary,
    Source,
    TypeCoverage,
)
from scanner.seen import GLOBAL, Seen, counted


def identified(facts: Any) -> Mapping[str, Mapping[str, int]]:
    """How many resources are known by their ARN alone, by type and state."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for known in facts.identified:
        found[known.type][known.state] += 1
    return {type_: dict(sorted(states.items())) for type_, states in sorted(found.items())}


def ownership(facts: Any) -> Mapping[str, int]:
    """How many resources that people made are in each state of ownership."""
    found = Counter(o.state for o in facts.owners if o.resource in facts.own)
    return {state: found[state] for state in get_args(OwnerState)}


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


def counts(facts: Any) -> Counts:
    """How many instances have each status, and how many resources are of each class."""
    declared = Counter(m.status for m in facts.matching.matches)
    actual = Counter(facts.matching.classes.values())
    return Counts(
        {name: declared[name] for name in DECLARED_COUNTS},
        {name: actual[name] for name in ACTUAL_COUNTS},
    )


def rule_summaries(
    rules: Mapping[str, Rule],
    answers: Mapping[str, Answer],
    findings: Sequence[Finding],
    blind: Mapping[str, Sequence[Blind]],
) -> tuple[RuleSummary, ...]:
    """What became of each rule."""
    found = Counter((f.rule, f.status) for f in findings)
    return tuple(
        _rule_summary(
            rule,
            answers[f"population {rule.id}"].rows,
            sum(found[rule.id, status] for status in OPEN),
            found[rule.id, "unknown"],
            blind.get(rule.id, ()),
        )
        for rule in rules.values()
    )


def _rule_summary(
    rule: Rule, population: Sequence[Any], open_: int, unknown: int, blind: Sequence[Blind]
) -> RuleSummary:
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
        population=int(population[0]["n"]) if population else 0,
        findings=open_,
        unknown=unknown + len(scopes),
        blind=tuple(scopes),
        preview=rule.status == "preview",
    )


def source(state: Any) -> Source:
    """A state as the report names it."""
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


def types(facts: Any, seen: Seen, scopes: Sequence[tuple[str, str]]) -> tuple[TypeCoverage, ...]:
    """Each type that is collected or declared: how much of it was seen and compared."""
    actual = Counter(facts.subjects[resource].type for resource in facts.matching.classes)
    declared = Counter(m.type for m in facts.matching.matches)
    names = sorted({*load(), *declared})
    return tuple(
        TypeCoverage(
            type=name,
            actual=actual[name],
            declared=declared[name],
            compared=facts.compared.get(name, 0),
            not_compared=facts.not_compared.get(name, 0),
            complete=name in load() and _whole(load()[name], seen, scopes),
        )
        for name in names
    )


def _whole(kind: ResourceType, seen: Seen, scopes: Sequence[tuple[str, str]]) -> bool:
    """Whether every resource of a type would have been seen, in each place where there may be one."""
    places = [(a, r) for a, r in scopes if kind.scope != "region" or r != GLOBAL]
    asked = [(a, r) for a, r in places if seen.asked_of(kind, a)]
    return bool(asked) and not any(seen.listed(kind.type, a, r) for a, r in asked)
