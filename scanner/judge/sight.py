"""Whether a rule could see enough: from the tables its SQL reads to the calls that fill them.

A rule whose SELECT is monotone (inner joins, no `not exists`, no aggregate) can only find less when rows
are not seen: what it finds is a fact. Any other rule may find something because a row was not seen, so
its findings are `unknown` wherever a list it reads is not whole. A value that was not read makes the
rules that read it unknown for that resource alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from scanner.catalog import ResourceType, load
from scanner.judge.made_of import columns_of, decides, filled_by
from scanner.model import Rule
from scanner.seen import GLOBAL, UNREADABLE, Entry, Seen, because
from scanner.store.lineage import Lineage, lineage

T = TypeVar("T")
DENIED = frozenset({"administrators", "wildcards", "paths"})
"""Tables in which a row that was not seen (a deny, a boundary) could take another away."""

OF_TAGS = frozenset(
    {"owners", "owner_roles", "owner_claims", "expiries", "context", "required_tags"}
)
"""Tables that are made from tags."""

ANY_TYPE = OF_TAGS | {"resources", "declared", "comparisons", "stories", "subjects"}
"""Tables with rows of every type: what counts is the type of the finding's own resource."""

STACK = "aws_cloudformation_stack"
"""Its tags may name the owner of anything that it made."""
TAG_POLICY = "organizations.describe_effective_policy"
"""What asks for some of the required tags."""

USES = "iam.get_service_last_accessed_details"
"""What asks when a principal last used what it may."""

NO_STATE = "no Terraform state was given"

OF_HISTORY = frozenset({"stories", "former_names"})
NOT_TOLD = "IAM did not say when it last used what it may (setting use_lookups)"
IDENTIFIED = "what is known by its identifier only is never all there is"

NEEDS_STATE = frozenset({"declared", "comparisons", "stories", "grant_changes"})


@dataclass(frozen=True)
class Blind:
    """A scope, or one resource in it, in which a rule cannot be decided."""

    account: str
    region: str
    type: str
    resource_id: str
    """Terraform id, or `` for the whole scope."""
    reason: str


class About(Protocol):
    """What a finding is about (findings.Subject, or a finding itself)."""

    @property
    def resource(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def account(self) -> str: ...
    @property
    def region(self) -> str: ...


class Sight:
    """What each rule could see."""

    def __init__(
        self,
        seen: Seen,
        scopes: Iterable[tuple[str, str]],
        state_gap: str,
        classes: Mapping[str, str],
        history_gap: str = "",
        spoken: frozenset[str] = frozenset(),
    ) -> None:
        """`state_gap` says why the declared side is not whole, or ``; `classes` is by resource.

        `history_gap` says why earlier scans could not be asked, or ``. `spoken` are the resources whose
        own word names their owner, so that nothing they belong to is asked.
        """
        self._spoken = spoken
        self._seen = seen
        self._scopes = tuple(scopes)
        self._state_gap = state_gap
        self._classes = classes
        self._known: dict[tuple[Any, ...], Any] = {}
        self._history_gap = history_gap

    def asked(self, rule: Rule) -> bool:
        """False for a rule about declarations where no state was given: there is no question."""
        return self._state_gap != NO_STATE or not self._reads_state(lineage(rule.sql))

    def blind(self, rule: Rule) -> list[Blind]:
        """Every scope and resource in which the rule cannot be decided."""
        found = lineage(rule.sql)
        result: list[Blind] = []
        if self._history_gap and found.tables & OF_HISTORY:
            result += [Blind(a, r, "", "", self._history_gap) for a, r in self._scopes]
        if self._state_gap and self._reads_state(found):
            result += [Blind(a, r, "", "", self._state_gap) for a, r in self._scopes]
        every = found.tables & ANY_TYPE
        for kind in load().values() if every else self._types(found):
            for account, region in self._scopes_of(kind):
                reason = self._seen.listed(kind.type, account, region)
                if reason:
                    result.append(Blind(account, region, kind.type, "", reason))
                for entry in self._seen.unread(kind.type, account, region, _calls(kind, found)):
                    result.append(Blind(account, region, kind.type, entry.parent, because(entry)))
        return result

    def undecided(self, rule: Rule, about: About) -> str:
        """`` where a finding about this resource is a fact, else why it is not."""
        found = lineage(rule.sql)
        # a state that was not read may declare it; what another state declares is a fact
        open_ = not _adds_only(found) or self._classes.get(about.resource) == "unknown"
        if self._state_gap and open_ and self._reads_state(found):
            return self._state_gap
        if "identified" in found.tables and not found.monotone:
            return IDENTIFIED
        own = self._own(found, about) or self._heritage(found, about)
        where = (found, about.type, about.account, about.region, rule.everywhere)
        return own or ("" if _adds_only(found) else self._once(self._others, *where))

    def lost(self, rule: Rule, about: About) -> str:
        """`` where a finding that is no longer there has gone, else why that cannot be said."""
        found = lineage(rule.sql)
        if self._state_gap and self._reads_state(found):
            return self._state_gap
        if self._history_gap and found.tables & OF_HISTORY:
            return self._history_gap
        if (about.account, about.region) not in self._scopes:
            return f"{about.account} {about.region} was not scanned"
        if "identified" in found.tables:
            return IDENTIFIED
        own = ""
        if about.type in load():
            own = self._seen.listed(about.type, about.account, about.region)
        if "grant_uses" in found.tables and not self._seen.answered(
            USES, about.account, about.resource
        ):
            return NOT_TOLD
        own = own or self._own(found, about) or self._heritage(found, about)
        own = own or self._asked(found, about)
        where = (found, about.type, about.account, about.region, rule.everywhere)
        return own or self._once(self._others, *where)

    def _own(self, found: Lineage, about: About) -> str:
        """Why a value the rule reads of this very resource, or what it is found through, was not read."""
        unread, above = self._once(self._unread, found, about.type, about.account, about.region)
        for entry in unread:
            if not entry.parent or entry.parent == about.id:
                return because(entry)
        for entry in above:
            # the id of a child tells its parent's, alone or among other words
            if entry.parent in about.id:
                return because(entry)
        return ""

    def _unread(
        self, found: Lineage, type_: str, account: str, region: str
    ) -> tuple[list[Entry], list[Entry]]:
        """What did not come back of what the rule reads of a type, and of what that is found through."""
        kind = load().get(type_)
        if kind is None or not (kind in self._types(found) or found.tables & ANY_TYPE):
            return [], []
        # where it is is part of what it is, whatever the rule reads
        needed = _calls(kind, found) | _place_calls(kind)
        own = self._seen.unread(kind.type, account, region, needed)
        shared: list[Entry] = []
        while kind.container:
            above = load()[kind.container]
            shared += self._seen.unread(above.type, account, region, _shared_calls(kind, above))
            kind = above
        return own, shared

    def _once(self, work: Callable[..., T], *of: Any) -> T:
        """Reasons are the same for every finding of a rule about one type in one scope."""
        key = (work.__name__, *of)
        if key not in self._known:
            self._known[key] = work(*of)
        known: T = self._known[key]
        return known

    def _heritage(self, found: Lineage, about: About) -> str:
        if about.resource in self._spoken:
            return ""
        place = (about.type, about.account, about.region)
        return str(self._once(self._heirs, found, *place))

    def _heirs(self, found: Lineage, type_: str, account: str, region: str) -> str:
        """Why an owner it could have inherited may not have been seen."""
        kind = load().get(type_)
        if kind is None or not found.tables & {"owners", "owner_roles"}:
            return ""
        above = {link.type for link in kind.belongs_to} | ({kind.container} - {""})
        for other in [load()[name] for name in sorted(above) if name in load()]:
            for place in self._scopes_of(other):
                if place[0] == account and place[1] in (region, GLOBAL):
                    reason = self._seen.listed(other.type, *place)
                    unread = self._seen.unread(other.type, *place, _tag_calls(other))
                    if reason or unread:
                        return reason or because(unread[0])
        return ""

    def _asked(self, found: Lineage, about: About) -> str:
        """Why what it finds through something that is no resource may not have been seen."""
        kind = load().get(about.type)
        if kind is not None and kind.tags and found.tables & {"owners", "owner_roles"}:
            # a stack of any region may make what is global
            for account, region in self._scopes_of(load()[STACK]):
                if account == about.account and about.region in (region, GLOBAL):
                    reason = self._seen.listed(STACK, account, region)
                    if reason:
                        return reason
        if "required_tags" in found.tables:
            return self._seen.asked_in_vain(TAG_POLICY, about.account)
        return ""

    def _others(
        self, found: Lineage, type_: str, account: str, region: str, everywhere: bool
    ) -> str:
        """Why other rows the rule reads, which could answer it, may not all be there."""
        for kind in self._types(found):
            if kind.type not in found.tables and not decides(kind.type, type_, found.tables):
                continue
            apart = kind.type != type_ or kind.type in found.twice
            for place in self._scopes_of(kind):
                near = place[1] in (region, GLOBAL) or region == GLOBAL
                if not (everywhere and apart) and (place[0] != account or not near):
                    continue
                reason = self._seen.listed(kind.type, *place)
                if reason:
                    return _there(reason, place, account)
                unread = self._seen.unread(kind.type, *place, _calls(kind, found) - {UNREADABLE})
                if apart and unread:
                    return _there(because(unread[0]), place, account)
        return ""

    def _types(self, found: Lineage) -> list[ResourceType]:
        names = {name for name in found.tables if name in load()}
        for table in found.tables:
            names |= {name for name in filled_by(table) if name in load()}
        return [load()[name] for name in sorted(names)]

    def _scopes_of(self, kind: ResourceType) -> list[tuple[str, str]]:
        places = [scope for scope in self._scopes if self._seen.asked_of(kind, scope[0])]
        if kind.scope == "region":
            return [scope for scope in places if scope[1] != GLOBAL]
        return sorted({(account, GLOBAL) for account, _ in places})

    @staticmethod
    def _reads_state(found: Lineage) -> bool:
        # `class` and `address` are what the declared side says of a resource
        return bool(found.tables & NEEDS_STATE) or bool({"class", "address"} & found.columns)


def _adds_only(found: Lineage) -> bool:
    """Whether more rows could only add answers."""
    return found.monotone and not found.tables & DENIED


def _there(reason: str, place: tuple[str, str], account: str) -> str:
    """The reason, and where, if that is another account."""
    return reason if place[0] == account else f"{reason} in {place[0]} {place[1]}"


def _calls(kind: ResourceType, found: Lineage) -> frozenset[str]:
    """The further calls of a type that the rule's answer about its rows depends on."""
    calls = {call.into: call.call for call in kind.each}
    made_of = columns_of(kind.type, found.tables)
    columns = found.columns | set(made_of)
    if kind.type not in found.tables and not found.tables & ANY_TYPE:
        holding = [kind.kept[name] for name in made_of]
        derived = [a.path for one in holding for a in (one, *one.of.values()) if a.path]
        # a document of a principal's that cannot be read is told with that principal
        own = {UNREADABLE} if "trusts" in found.tables else set()
        return frozenset(own | {calls[into] for into in _policies(kind)}) | frozenset(
            calls[into] for path in derived for into in kind.sources(path)
        )
    if found.tables & {"comparisons", "stories"}:
        # any attribute may be the one that is compared
        return frozenset({UNREADABLE, *calls.values()})
    kept = [a for name, a in kind.kept.items() if name in columns]
    read = "trusts" in found.tables or any(a.kind == "policy" for a in kept)
    policies = {UNREADABLE} if read else set()
    paths = [a.path for a in kept] + [inner.path for a in kept for inner in a.of.values()]
    if "tags" in found.columns or found.tables & OF_TAGS:
        paths.append(kind.tags)
    if {"class", "origin"} & found.columns:
        paths += [kind.default, kind.service, kind.spawned]
    return frozenset(
        policies | {calls[into] for path in paths if path for into in kind.sources(path)}
    ) | _place_calls(kind)


def _tag_calls(kind: ResourceType) -> frozenset[str]:
    return _read_by(kind, kind.tags)


def _place_calls(kind: ResourceType) -> frozenset[str]:
    return _read_by(kind, kind.region)


def _read_by(kind: ResourceType, path: str) -> frozenset[str]:
    calls = {call.into: call.call for call in kind.each}
    return frozenset(calls[into] for into in kind.sources(path)) if path else frozenset()


def _shared_calls(kind: ResourceType, above: ResourceType) -> frozenset[str]:
    """The container's further calls that a type's items, values or region are read from."""
    calls = {call.into: call.call for call in above.each}
    paths = [kind.items, kind.tags, above.region, *(a.path for a in kind.kept.values())]
    return frozenset(calls[into] for path in paths if path for into in above.sources(path))


def _policies(kind: ResourceType) -> frozenset[str]:
    """The parts of an item that its policies are read from."""
    return frozenset(
        into for a in kind.kept.values() if a.kind == "policy" for into in kind.sources(a.path)
    )
