"""Runs the resource types: lists, describes, follows up, and shapes what comes back into rows.

One task is one type in one account and region. Children run after their parents, from their items.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from scanner.catalog import load
from scanner.catalog.path import getter
from scanner.catalog.spec import Call, ResourceType
from scanner.collect.asking import Asker, Failed, Item
from scanner.collect.failure import Failure
from scanner.collect.ledger import Ledger
from scanner.collect.pages import items_of
from scanner.collect.rows import Row, Scope, row
from scanner.collect.session import Identity, Session
from scanner.seen import GLOBAL, UNSHAPED

Progress = Callable[[str, int, int], None]


@dataclass
class Listing:
    """The raw items of one type in one scope."""

    kind: ResourceType
    region: str
    items: list[Item] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    """For each item, the calls (`into`) that could not be read."""


@dataclass(frozen=True)
class Collected:
    """Everything one scan saw: rows, and the ledger of what was asked for them."""

    rows: list[Row]
    ledger: Ledger


class Engine:
    """Collects the given types from one account and its regions."""

    def __init__(
        self,
        session: Session,
        identity: Identity,
        regions: Sequence[str],
        *,
        hide: Callable[[str], str],
        workers: int = 32,
    ) -> None:
        self._account = identity.account
        self._regions = tuple(regions)
        self._hide = hide
        self._workers = workers
        self._ledger = Ledger()
        self._ask = Asker(session, identity, self._ledger)

    def run(self, types: Mapping[str, ResourceType], progress: Progress | None = None) -> Collected:
        """Collect every type; `progress(type, done, all)` is called as each scope of a type ends.

        Never raises for what AWS says: failures are in the ledger.
        """
        plan = [(kind, region) for kind in types.values() for region in self._scopes(kind)]
        done = 0
        listings: dict[tuple[str, str], Listing] = {}
        with ThreadPoolExecutor(self._workers, "call") as calls:
            for wave in _waves(types):
                tasks = [(kind, region) for kind, region in plan if kind.type in wave]
                with ThreadPoolExecutor(max(1, min(len(tasks), self._workers)), "type") as pool:
                    futures = [
                        pool.submit(self._collect, kind, region, listings, calls)
                        for kind, region in tasks
                    ]
                    for (kind, region), future in zip(tasks, futures, strict=True):
                        listings[kind.type, region] = future.result()
                        done += 1
                        if progress:
                            progress(kind.type, done, len(plan))
        return Collected(self._rows(listings.values()), self._ledger)

    def _scopes(self, kind: ResourceType) -> tuple[str, ...]:
        return self._regions if kind.scope == "region" else (GLOBAL,)

    def _collect(
        self,
        kind: ResourceType,
        region: str,
        listings: Mapping[tuple[str, str], Listing],
        calls: ThreadPoolExecutor,
    ) -> Listing:
        listing = Listing(kind, region)
        try:
            self._fill(kind, region, listing, listings, calls)
        except Exception as error:  # one type that cannot be made sense of must not end the scan
            entry = self._ask.entry(kind, region, UNSHAPED)
            self._ledger.ask(entry).end(
                Failure("malformed", type(error).__name__, str(error)[:500])
            )
            listing.failed = [{} for _ in listing.items]
        return listing

    def _fill(
        self,
        kind: ResourceType,
        region: str,
        listing: Listing,
        listings: Mapping[tuple[str, str], Listing],
        calls: ThreadPoolExecutor,
    ) -> None:
        if kind.of:
            self._derive(kind, listings[kind.of, self._container_scope(kind, region)], listing)
        elif kind.parent:
            parents = listings[kind.parent, self._container_scope(kind, region)].items
            jobs = [calls.submit(self._ask.listed, kind, region, parent) for parent in parents]
            for job in jobs:
                listing.items.extend(job.result())
        else:
            listing.items.extend(self._ask.listed(kind, region, None))
        if kind.batch:
            chunks = _chunks(listing.items, kind.batch.size)
            described = [
                calls.submit(self._ask.describe, kind, kind.batch, region, chunk)
                for chunk in chunks
            ]
            listing.items = [item for job in described for item in job.result()]
        listing.items = [
            item for item in listing.items if not (kind.ignore and getter(kind.ignore)(item))
        ]
        listing.failed.extend({} for _ in listing.items[len(listing.failed) :])
        for call in kind.each:
            self._follow_up(kind, call, listing, calls)

    def _container_scope(self, kind: ResourceType, region: str) -> str:
        return region if load()[kind.container].scope == "region" else GLOBAL

    def _derive(self, kind: ResourceType, parents: Listing, listing: Listing) -> None:
        """Children that the parent's item already holds; what the parent could not read, they lack."""
        find = getter(kind.items)
        for parent, failed in zip(parents.items, parents.failed, strict=True):
            for item in items_of(find(parent)):
                listing.items.append(self._ask.item(kind, listing.region, item, parent))
                listing.failed.append(dict(failed))

    def _follow_up(
        self, kind: ResourceType, call: Call, listing: Listing, calls: ThreadPoolExecutor
    ) -> None:
        """One further call an item (or `call.size` items), its answer put at `into`."""
        wanted = [
            (item, failed)
            for item, failed in zip(listing.items, listing.failed, strict=True)
            if (not call.when or getter(call.when)(item)) and self._in_scope(kind, item)
        ]
        jobs: list[Future[None]] = []
        if call.match:
            size = call.size if call.param else max(1, len(wanted))
            for start in range(0, len(wanted), size):
                chunk = wanted[start : start + size]
                jobs.append(
                    calls.submit(self._ask.follow_up_many, kind, call, listing.region, chunk)
                )
        else:
            for item, failed in wanted:
                jobs.append(
                    calls.submit(self._ask.follow_up, kind, call, listing.region, item, failed)
                )
        for job in jobs:
            job.result()

    def _in_scope(self, kind: ResourceType, item: Mapping[str, Any]) -> bool:
        """Whether an item of account scope lies in a scanned region, as far as that is known yet."""
        region = getter(kind.region)(item) if kind.region else None
        return region is None or region in self._regions

    def _rows(self, listings: Iterable[Listing]) -> list[Row]:
        rows: list[Row] = []
        for listing in listings:
            scope = Scope(self._account, listing.region, self._regions)
            for item, failed in zip(listing.items, listing.failed, strict=True):
                try:
                    made = row(listing.kind, item, frozenset(failed), scope, self._hide)
                except Exception as error:  # one item that cannot be read must not hide the others
                    made = f"{type(error).__name__}: {error}"
                if isinstance(made, Row):
                    rows.append(made)
                elif made is not None:
                    entry = self._ask.entry(listing.kind, listing.region, UNSHAPED, made)
                    self._ledger.ask(entry).end(
                        Failure("malformed", "Unshaped", f"{listing.kind.type}: {made}")
                    )
        # an answer may name a thing twice (overlapping pages while somebody creates and deletes)
        distinct = {(r.type, r.resource): r for r in reversed(rows)}
        return [distinct[key] for key in sorted(distinct)]


def _chunks(items: Sequence[Item], size: int) -> list[list[Item]]:
    """Items in groups of at most `size`, each group of one parent."""
    groups: dict[int, list[Item]] = {}
    for item in items:
        groups.setdefault(id(item.get("parent")), []).append(item)
    return [
        group[start : start + size]
        for group in groups.values()
        for start in range(0, len(group), size)
    ]


def _waves(types: Mapping[str, ResourceType]) -> list[set[str]]:
    """Types in rounds, each round's containers in earlier ones."""
    depth: dict[str, int] = {}
    for name, kind in types.items():
        depth[name] = depth[kind.container] + 1 if kind.container in types else 0
    return [
        {name for name, level in depth.items() if level == wave}
        for wave in range(max(depth.values(), default=-1) + 1)
    ]
