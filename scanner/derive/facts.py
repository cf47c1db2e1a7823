"""All derived facts of a scan, made in their fixed order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scanner.catalog import load
from scanner.derive.alarms import Cover, covers
from scanner.derive.claims import Claims
from scanner.derive.compare import Comparison, compare
from scanner.derive.context import Context, Required, context, required
from scanner.derive.effects import NONE, Judged, effect
from scanner.derive.expiry import Expiry, expiries
from scanner.derive.grant_changes import GrantChange, grant_changes
from scanner.derive.grant_records import GrantRecord, grant_records
from scanner.derive.grants import Access, access
from scanner.derive.keys import KeyUse, key_uses
from scanner.derive.links import belongs_to
from scanner.derive.longtail import Known, recognise
from scanner.derive.match import match
from scanner.derive.matching import Matching
from scanner.derive.names import Name, declared_names, names
from scanner.derive.owners import Answers, Owned, answers, of_missing
from scanner.derive.prices import costs, price_rows
from scanner.derive.reach import AlarmWay, Reach, alarm_ways, reach
from scanner.derive.recommended import recommended_rows
from scanner.derive.recovery import Recovery, recovery
from scanner.derive.speaking import Speaking
from scanner.derive.state_stores import StateStore, state_stores
from scanner.derive.subjects import subjects
from scanner.derive.targets import Interest, action_rows, interest
from scanner.derive.versions import Version, versions
from scanner.directory import Maker, Sources
from scanner.errors import ScanInvalid
from scanner.seen import Seen
from scanner.settings import Settings
from scanner.subject import Subject


@dataclass
class Facts:
    """Everything `derive` makes."""

    matching: Matching
    comparisons: Iterable[tuple[Comparison, Judged]]
    """Made as they are taken, once: there are a dozen of them a resource. When all were taken, what is
    compared has its status, and `compared` and `not_compared` are whole."""
    compared: Mapping[str, int]
    """By type how many attributes were compared."""
    not_compared: Mapping[str, int]
    """By type how many declared attributes no table line compares."""
    parents: Mapping[str, str]
    answers: Answers
    context: Sequence[Context]
    required: Sequence[Required]
    expiries: Sequence[Expiry]
    covers: Sequence[Cover]
    reach: Sequence[Reach]
    ways: Sequence[AlarmWay]
    recommended: Sequence[Mapping[str, Any]]
    """Alarms that `reach` asks for."""
    recovery: Sequence[Recovery]
    state_stores: Sequence[StateStore]
    access: Access
    interest: Interest
    """What store.paths needs besides."""
    changes: Iterable[GrantChange]
    """Where what principals may do is not what was declared: whole once the comparisons were taken."""
    records: Sequence[GrantRecord]
    """What was written down of who asked for which grant."""
    versions: Sequence[Version]
    patterns: Sequence[Mapping[str, Any]]
    """What the policies' patterns of actions stand for."""
    costs: Mapping[str, float]
    """USD a month by resource, where it is known."""
    prices: Sequence[Mapping[str, Any]]
    """Of which the costs are made."""
    key_uses: Sequence[KeyUse]
    names: Sequence[Name]
    declared_names: Sequence[Name]
    """What the states know ours by."""
    subjects: Mapping[str, Subject]
    """By resource, what findings can be about."""
    identified: Sequence[Known]
    """What is known by its ARN alone."""
    own: frozenset[str]
    """Resources of people's own making: no part of another, and not AWS's."""

    @property
    def owners(self) -> Sequence[Owned]:
        """Who answers for every resource."""
        return self.answers.owners

    def stored(self, rows: list[Any]) -> None:
        """Let go of what only the snapshot's tables are made of, once it holds them: rows, and what the
        states said, with all secrets in it."""
        for made in self.matching.matches:
            made.declared.forget()
        for row in rows:
            row.attributes.clear()  # the matches hold the row
        rows.clear()


def derive(
    declared: Sequence[Any],
    rows: Sequence[Any],
    seen: Seen,
    settings: Settings,
    hide: Callable[[str], str],
    *,
    states_whole: bool,
    now: datetime,
    sources: Sources | None = None,
    states: Sequence[str] = (),
    ask: Callable[[Sequence[Any]], Mapping[str, Maker]] = lambda _: {},
    identified: Sequence[Any] = (),
) -> Facts:
    """Match, compare, find owners, and see what the alarms and policies reach.

    `ask` says who made each of the resources of people's own making that nobody owns; `states` names the
    states, those without an instance too.

    Raises ScanInvalid where the sums do not match the inputs.
    """
    matching = match(declared, rows, seen, complete_sources=states_whole)
    known = recognise(matching.matches, identified, complete_sources=states_whole)
    compared: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    differing: list[Comparison] = []
    parents = belongs_to(rows, matching.parents)
    sources = sources or Sources()
    claims = Claims(rows, matching.by_resource, seen, settings, sources)
    answered = answers(rows, parents, claims)
    own = frozenset(r.resource for r in rows if not r.origin and not load()[r.type].part)
    unowned = own & {owned.resource for owned in answered.owners if owned.team is None}
    claims.makers = ask([row for row in rows if row.resource in unowned])
    if claims.makers:
        answered = answers(rows, parents, claims)
    _add_missing(answered, matching, claims)
    speaking = Speaking(rows, seen, sources.directory)
    contexts = context(rows, matching.by_resource, settings)
    held = access(rows, matching.parents, seen)
    environments = {c.resource: c.value for c in contexts if c.key == "environment"}
    _sums(declared, rows, matching)
    reached = reach(rows, seen, speaking, settings.alarm_tier)
    return Facts(
        matching=matching,
        comparisons=_judged(
            compare(matching.matches, hide, settings.ignored_tags, left_out),
            settings.owner_tags,
            compared,
            matching,
            differing,
        ),
        compared=compared,
        not_compared=left_out,
        parents=parents,
        answers=answered,
        context=contexts,
        required=required(rows, contexts, settings, sources.asked),
        expiries=expiries(rows, settings.expiry_tags),
        covers=covers(rows, seen, speaking, reached),
        reach=reached,
        ways=alarm_ways(rows, speaking),
        recommended=recommended_rows(),
        recovery=recovery(rows, seen, settings, environments, now),
        state_stores=state_stores((*states, *(d.source for d in declared)), rows, seen),
        access=held,
        interest=interest(rows, held.statements, seen=seen),
        patterns=action_rows(held.statements),
        changes=grant_changes(differing, matching, rows, states_whole=states_whole),
        records=grant_records(held.grants, sources.grants),
        versions=versions(rows),
        costs=costs(rows),
        prices=price_rows(),
        key_uses=key_uses(rows),
        names=names(rows),
        declared_names=declared_names(matching.matches),
        identified=known,
        subjects=subjects(rows, matching),
        own=own,
    )


def _judged(
    comparisons: Iterable[Comparison],
    owner_tags: Sequence[str],
    compared: Counter[str],
    matching: Matching,
    differing: list[Comparison],
) -> Iterator[tuple[Comparison, Judged]]:
    """The comparisons with what a change does, counted by type; `differing` keeps those of IAM that differ.

    Raises ScanInvalid like `derive`.
    """
    for one in comparisons:
        compared[one.type] += 1
        changed = one.verdict == "changed"
        if changed and one.type.startswith("aws_iam_"):
            differing.append(one)
        yield (
            one,
            (
                effect(one.type, one.attribute, one.declared, one.actual, owner_tags)
                if changed
                else NONE
            ),
        )
    lacking = sum(not match.status for match in matching.matches)
    if lacking:
        raise ScanInvalid(f"{lacking} of {len(matching.matches)} declared instances have no status")


def _add_missing(answered: Answers, matching: Matching, claims: Claims) -> None:
    """The owners of what is declared but not there."""
    by_resource = {owned.resource: owned for owned in answered.owners}
    for made in matching.matches:
        if made.resource is None and made.status == "missing" and made.uid not in by_resource:
            parent = by_resource.get(made.parent)
            owned, roles = of_missing(made.uid, made.declared, parent, claims)
            by_resource[made.uid] = owned
            answered.owners.append(owned)
            answered.roles.extend(roles)


def _sums(declared: Sequence[Any], rows: Sequence[Any], matching: Matching) -> None:
    """Every declared instance in one match, every actual resource in one class; nothing lost."""
    if len(matching.matches) != len(declared):
        raise ScanInvalid(
            f"{len(declared)} instances were declared, {len(matching.matches)} were matched"
        )
    resources = {row.resource for row in rows}
    if resources != matching.classes.keys():
        raise ScanInvalid(
            f"{len(resources)} resources were seen, {len(matching.classes)} have a class"
        )
