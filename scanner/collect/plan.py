"""What a scan asks, cut into tasks, in the order in which they are begun.

A task is one type and everything found through it, in one account and region, so that a task's raw items
are needed by nobody else. Service comes first: two tasks that follow each other draw on different limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scanner.catalog.spec import ResourceType
from scanner.collect.session import Account
from scanner.seen import GLOBAL

TASKS_A_PROCESS = 500
"""Fewer do not repay the half second that a process takes to begin, the second for clients that another has
too, and its memory. A task in a region of its own takes five milliseconds, most of them for its client."""


@dataclass(frozen=True, slots=True)
class Task:
    """Types to collect in one scope, parents before their children."""

    account: Account
    region: str
    types: tuple[ResourceType, ...]

    @property
    def key(self) -> str:
        """The same for the same task of another scan."""
        return f"{self.account.identity.account}/{self.region}/{self.types[0].type}"


def families(types: Mapping[str, ResourceType]) -> list[tuple[ResourceType, ...]]:
    """The types that are listed by themselves, each with all that is found through it."""
    root: dict[str, str] = {}
    found: dict[str, list[ResourceType]] = {}
    for name, kind in types.items():
        root[name] = root.get(kind.container, name)
        found.setdefault(root[name], []).append(kind)
    return sorted(map(tuple, found.values()), key=lambda kinds: (kinds[0].client, kinds[0].type))


def plan(types: Mapping[str, ResourceType], accounts: Sequence[Account]) -> list[Task]:
    """Every task: by service, then type, then region, then account."""
    tasks: list[Task] = []
    everywhere = sorted({region for account in accounts for region in account.regions})
    for kinds in families(types):
        for region in everywhere if kinds[0].scope == "region" else [GLOBAL]:
            tasks += [
                Task(account, region, kinds)
                for account in asked_of(kinds[0], accounts)
                if region == GLOBAL or region in account.regions
            ]
    return tasks


def shares(tasks: Sequence[Task], processes: int) -> list[list[Task]]:
    """The tasks, each in its order, for as many processes as they repay; no limit is drawn on by two.

    One share where the tasks are few, or hang together.
    """
    processes = min(processes, len(tasks) // TASKS_A_PROCESS)
    if processes < 2:
        return [list(tasks)] if tasks else []
    first: dict[object, object] = {}

    def root(of: object) -> object:
        while (above := first.setdefault(of, of)) != of:
            first[of] = of = first.setdefault(above, above)
        return of

    for number, task in enumerate(tasks):
        for limit in _limits(task):
            first[root(limit)] = root(number)
    groups: dict[object, list[int]] = {}
    for number in range(len(tasks)):
        groups.setdefault(root(number), []).append(number)
    dealt: list[list[int]] = [[] for _ in range(min(processes, len(groups)))]
    # groups that follow each other are one service's in several accounts: much alike, and dealt in turn
    for group in groups.values():
        min(dealt, key=len).extend(group)
    return [[tasks[number] for number in sorted(share)] for share in dealt]


def _limits(task: Task) -> Iterator[tuple[str, str, str]]:
    """Account, region and service of every limit that a task may draw on (collect.rates)."""
    identity = task.account.identity
    regions = {identity.home if task.region == GLOBAL else task.region}
    if any(kind.region for kind in task.types):  # some calls go to where an item is
        regions.update(task.account.regions)
    calls = {call for kind in task.types for call in (kind.list, *(c.call for c in kind.calls))}
    for service in {call.partition(".")[0] for call in calls if call}:
        for region in regions:
            yield identity.account, region, service


def asked_of(kind: ResourceType, accounts: Sequence[Account]) -> list[Account]:
    """The accounts that are asked for a type."""
    if not kind.organization:
        return list(accounts)
    management = [account for account in accounts if account.management]
    return management or [account for account in accounts if account.credentials is None]
