"""What was looked at, and why not where it was not: the ledger, asked by resource type."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol, TypeVar

from scanner.catalog import ResourceType, load

GLOBAL = "global"
"""The region of what has none."""
ENTER = "sts.assume_role"
"""What failed for every type where an account could not be entered."""
REGIONS = "ec2.describe_regions"
"""What stands for every type of a region that is not enabled."""
PROCESS_ENDED = "ProcessEnded"
"""The ledger's error code where what was to ask ended before it had."""
ELSEWHERE = "elsewhere"
"""The status of a call that another account alone is answered: nothing is known, and nobody is to blame."""
UNSHAPED = "watchbill.shape"
"""The ledger's name for an answer that came whole but could not be made sense of."""

UNREADABLE = "watchbill.policy"
"""Its name for a policy document of one resource that is none."""


class Entry(Protocol):
    """What is needed of a ledger row (collect.ledger.Entry)."""

    account: str
    region: str
    service: str
    operation: str
    type: str
    parent: str
    status: str
    error_code: str
    complete: bool


T = TypeVar("T", bound=Entry)


class Seen:
    """Answers whether the absence of something is a fact."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._asked: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        self._broken: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
        self._scopes: set[tuple[str, str]] = set()
        self._turned_to: set[tuple[str, str]] = set()
        self._elsewhere: set[tuple[str, str]] = set()
        self._answered: set[tuple[str, str, str]] = set()
        shared = {name for name, kind in load().items() if kind.organization}
        for entry in entries:
            key = (entry.type, entry.account, entry.region)
            self._asked[key].add(f"{entry.service}.{entry.operation}")
            if entry.type:  # who we are and how we get in tells nothing of what is there
                self._scopes.add((entry.account, entry.region))
            elif entry.parent and entry.complete:
                self._answered.add(
                    (f"{entry.service}.{entry.operation}", entry.account, entry.parent)
                )
            if entry.type in shared:
                self._turned_to.add(key[:2])
                if entry.status == ELSEWHERE:
                    self._elsewhere.add(key[:2])
            if not entry.complete:
                self._broken[key].append(entry)

    def in_scope(self, account: str, region: str) -> bool:
        """Whether anything was asked there."""
        return (account, region) in self._scopes

    def asked_of(self, kind: ResourceType, account: str) -> bool:
        """Whether an account is one that answers for a type: of an organization's, most are not."""
        while kind.organization:
            if (kind.type, account) in self._elsewhere:
                return False
            if not kind.container:
                return (kind.type, account) in self._turned_to
            kind = load()[kind.container]
        return True

    def listed(self, type_: str, account: str, region: str, parent: str = "") -> str:
        """`` where every such resource (of that parent, if given) would have been seen, else why not."""
        kind = load()[type_]
        where = region if kind.scope == "region" else GLOBAL
        key = (type_, account, where)
        for entry in self._broken[key]:
            call = f"{entry.service}.{entry.operation}"
            # a call about one item may be the one that lists them
            one = bool(entry.parent) and not kind.container
            lists = (call == kind.list and not one) or (
                kind.batch is not None and call == kind.batch.call
            )
            # nobody looked there at all; or an item that could not be made sense of may have been any
            if call in (ENTER, REGIONS, UNSHAPED) or (lists and _concerns(entry, parent)):
                return because(entry)
        if kind.container:
            return self._container(kind, account, region, parent)
        if kind.list not in self._asked[key]:
            return f"{kind.list} was not asked"
        return ""

    def everywhere(self, type_: str, account: str) -> str:
        """`` where every such resource of an account's asked regions would have been seen, else why not."""
        regions = sorted(r for a, r in self._scopes if a == account and r != GLOBAL)
        if load()[type_].scope != "region":
            regions = [GLOBAL]
        if not regions:
            return f"{load()[type_].list} was not asked"
        return next((why for r in regions if (why := self.listed(type_, account, r))), "")

    def asked_in_vain(self, call: str, account: str) -> str:
        """Why a call that is about no type did not come back, `` where it did or was not asked."""
        for entry in self._broken["", account, GLOBAL]:
            if f"{entry.service}.{entry.operation}" == call:
                return because(entry)
        return ""

    def answered(self, call: str, account: str, parent: str) -> bool:
        """Whether a call that is about no type was asked of this parent, and came back whole."""
        return (call, account, parent) in self._answered

    def _container(self, kind: ResourceType, account: str, region: str, parent: str) -> str:
        above = self.listed(kind.container, account, region)
        if above:
            return above
        container = load()[kind.container]
        where = region if container.scope == "region" else GLOBAL
        # whether it is listed, and with what, is read from the container's answers too
        needed = container.sources(
            kind.items
            if kind.of
            else " ".join(map(str, (*kind.params.values(), *kind.over.values(), kind.parent_when)))
        )
        calls = {call.call for call in container.each if call.into in needed}
        for entry in self._broken[kind.container, account, where]:
            if f"{entry.service}.{entry.operation}" in calls and _concerns(entry, parent):
                return because(entry)
        return ""

    def unread(self, type_: str, account: str, region: str, calls: Iterable[str]) -> list[Entry]:
        """The ledger rows of the given calls about a type that did not come back whole."""
        kind = load()[type_]
        where = region if kind.scope == "region" else GLOBAL
        wanted = set(calls)
        return [
            entry
            for entry in self._broken[type_, account, where]
            if f"{entry.service}.{entry.operation}" in wanted
        ]


def counted(entries: Iterable[T]) -> list[T]:
    """The ledger rows by which is measured how much was seen: all but what other accounts are answered, and
    what Cloud Control has no list for."""
    return [
        entry
        for entry in entries
        if entry.status != ELSEWHERE
        and not (entry.service == "cloudcontrol" and entry.status == "unsupported")
    ]


def _concerns(entry: Entry, parent: str) -> bool:
    return not parent or not entry.parent or entry.parent == parent


def because(entry: Entry) -> str:
    """The reason in words: which call, and what became of it."""
    code = f" ({entry.error_code})" if entry.error_code else ""
    return f"{entry.service}:{entry.operation} {entry.status}{code}"
