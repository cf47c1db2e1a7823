"""What a scan asks, cut into tasks, in the order in which they are begun.

A task is one type and everything found through it, in one account and region, so that a task's raw items
are needed by nobody else. Service comes first: two tasks that follow each other draw on different limits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scanner.catalog.spec import ResourceType
from scanner.collect.session import Account
from scanner.seen import GLOBAL


@dataclass(frozen=True)
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
                for account in accounts
                if region == GLOBAL or region in account.regions
            ]
    return tasks
