"""What backups there are: of AWS Backup, of the resources themselves, made by hand, and the keys to them.

In: rows and what was seen. Out: for each resource what holds a backup of it, and why more may not have been
seen.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from scanner.catalog.path import told
from scanner.catalog.reads import reads
from scanner.derive.selection import selects
from scanner.seen import Seen

VAULT, PLAN, SELECTION = "aws_backup_vault", "aws_backup_plan", "aws_backup_selection"
KEY = "aws_kms_key"


class Snapshots(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of another type that are the backups."""

    type: str
    of: str
    when: str


class Within(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a store is backed up together with."""

    type: str
    called: str


class Store(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One type of recovery.toml."""

    type: str
    applies: str = ""
    own: str = ""
    own_is: str
    newest: str = ""
    made: str = ""
    snapshots: Snapshots | None = None
    keeps: bool = False
    vaulted: bool = False
    guarded: str = ""
    zones: str = ""
    regions: str = ""
    key: str = ""
    called: str = ""
    within: Within | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path of it over its own row."""
        return (
            self.applies, self.own, self.newest, self.made, self.guarded, self.zones, self.regions, self.key,
            self.called,
        )  # fmt: skip


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """recovery.toml."""

    store: tuple[Store, ...]
    unread: frozenset[str]
    always_asked: frozenset[str]


@dataclass(slots=True)
class Plans:
    """What becomes of a resource by the plans of AWS Backup."""

    hidden: str
    """Why others may not have been seen, or ``."""
    taking: list[Any] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    """Selections that may take it."""
    refused: list[str] = field(default_factory=list)
    """Plans that would take it, were the region opted in to its type."""


@lru_cache(maxsize=1)
def table() -> Table:
    """What holds data."""
    text = Path(__file__).with_name("recovery.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Table)


@lru_cache(maxsize=1)
def stores() -> Mapping[str, Store]:
    """What holds data and tells of its backups, by type."""
    return {store.type: store for store in table().store}


class Backups:
    """AWS Backup's side, keys and snapshots: what they hold by what they are for."""

    def __init__(self, rows: Sequence[Any], seen: Seen) -> None:
        self.seen = seen
        self._protected: dict[str, tuple[datetime, str]] = {}
        self._vaulted: dict[str, set[str]] = defaultdict(set)
        self._holders: dict[tuple[str, str, str], Any] = {}
        self._restored: dict[str, datetime] = {}
        self._unread: dict[tuple[str, str], str] = {}
        self._vaults: dict[str, Any] = {}
        self._selections: dict[tuple[str, str], list[Any]] = defaultdict(list)
        self._plans: dict[tuple[str, str], Any] = {}
        self._keys: dict[str, Any] = {}
        self._snapshots: dict[tuple[str, str, str, str], list[Any]] = defaultdict(list)
        sources = {s.snapshots.type: s.snapshots for s in stores().values() if s.snapshots}
        holders = {s.within.type for s in stores().values() if s.within}
        for row in rows:
            if row.type == VAULT:
                self._vault(row)
            elif row.type == PLAN:
                self._plans[row.account, row.id] = row
            elif row.type == SELECTION:
                self._selections[row.account, row.region].append(row)
            elif row.type == KEY:
                self._keys[row.resource] = self._keys[row.id] = row
            elif row.type in holders:
                self._holders[row.account, row.type, row.id] = row
            elif row.type in sources and of_row(row, sources[row.type].when):
                of = str(row.attributes.get(sources[row.type].of))
                self._snapshots[row.account, row.region, row.type, of].append(row)

    def _vault(self, row: Any) -> None:
        for name in ("protected", "restored"):
            if name not in row.attributes:
                self._unread[row.account, row.region] = f"what {row.name} holds was not read"
            for line in row.attributes.get(name) or ():
                at, resource = moment_of(line.get("at")), str(line.get("resource"))
                if at is None:
                    continue
                if name == "protected":
                    self._vaulted[resource].add(str(line.get("vault") or ""))
                if name == "restored":
                    self._restored[resource] = max(at, self._restored.get(resource, at))
                elif at >= self._protected.get(resource, (at, ""))[0]:
                    self._protected[resource] = at, str(line.get("vault") or "")
        self._vaults[row.resource] = row

    def hidden(self, row: Any) -> str:
        """Why a recovery point of a resource may not have been seen, or ``."""
        where = (row.account, row.region)
        return self.seen.listed(VAULT, *where) or self._unread.get(where, "")

    def protected(self, row: Any) -> tuple[datetime, str] | None:
        """When AWS Backup last backed up a resource, or what it belongs to, and into which vault."""
        found = [self._protected.get(one.arn or one.resource) for one, _ in self._as(row, "")]
        return max(filter(None, found), default=None)

    def vaults(self, row: Any) -> list[str]:
        """Every vault that is known to hold it."""
        return sorted(self._vaulted.get(row.arn or row.resource, ()))

    def _as(self, row: Any, called: str) -> Iterator[tuple[Any, str]]:
        """A resource, and what it is backed up with, each with AWS Backup's name for its type."""
        yield row, called
        within = stores()[row.type].within
        for type_, id_ in row.belongs_to if within else ():
            holder = self._holders.get((row.account, type_, id_))
            if holder is not None and within is not None and type_ == within.type:
                yield holder, within.called

    def vault(self, arn: str) -> Any:
        """The vault of that ARN, None where it was not seen."""
        return self._vaults.get(arn)

    def restored(self, row: Any) -> datetime | None:
        return self._restored.get(row.arn or row.resource)

    def snapshots(self, row: Any, of: Snapshots) -> tuple[list[Any], str]:
        held = [
            snapshot
            for name in sorted({row.id, row.name})
            for snapshot in self._snapshots[row.account, row.region, of.type, name]
        ]
        return held, self.seen.listed(of.type, row.account, row.region)

    def key(self, row: Any, named: str) -> tuple[Any, str]:
        """The key of that ARN or id, and why it may not have been seen."""
        parts = named.split(":")
        account, region = (parts[4], parts[3]) if len(parts) > 5 else (row.account, row.region)
        found = self._keys.get(named) or self._keys.get(named.rsplit("/", 1)[-1])
        return found, "" if found else self.seen.listed(KEY, account, region)

    def plans(self, row: Any, called: str) -> Plans:
        """The plans that take a resource, whose type AWS Backup has this name for."""
        found = Plans(hidden=self.seen.listed(SELECTION, row.account, row.region))
        for selection in self._selections[row.account, row.region]:
            plan = self._plans.get((row.account, selection.parent_id))
            for one, name in self._as(row, called):
                a, arn = selection.attributes, one.arn or one.resource
                opted = (a.get("opted_in") or {}).get(name)
                asked = name in table().always_asked
                verdict = selects(a, arn, one.tags, opted, asked=asked)
                if verdict and plan is not None:
                    found.taking.append(plan)
                elif verdict is None:
                    found.open.append(selection.name)
                elif plan is not None and opted is False and selects(a, arn, one.tags):
                    found.refused.append(plan.name)
        return found


def of_row(row: Any, path: str) -> Any:
    """What a path points at in a row."""
    return told(path, {**row.attributes, "id": row.id, "name": row.name})


def true_of(row: Any, path: str) -> bool | None:
    """Whether a path is true of a row; None where it reads what was not read, or what AWS did not say."""
    if not reads(row.type, path) <= row.attributes.keys():
        return None
    found = of_row(row, path) if path else None
    return None if found is None else bool(found)


def moment_of(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
