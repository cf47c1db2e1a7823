"""Runs the resource types: lists, describes, follows up, and shapes what comes back into rows.

A task is begun by a thread of its own, which has its calls made by the crew; children run after their
parents, from their items. When a task is done its rows stay, and its raw items go.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from scanner.catalog.path import fill, getter
from scanner.catalog.spec import Call, ResourceType
from scanner.catalog.tagcall import tag_call
from scanner.collect.asking import Asker, Failed, Item, alike, by_place
from scanner.collect.crew import Crew
from scanner.collect.failure import Failure
from scanner.collect.ledger import Entry, Ledger
from scanner.collect.longtail import Identified
from scanner.collect.pages import items_of
from scanner.collect.plan import Task, plan, shares
from scanner.collect.processes import Order, ask
from scanner.collect.rows import Row, Scope, shaped
from scanner.collect.run import Progress as Progress
from scanner.collect.run import Run
from scanner.collect.session import TAGGED, Account, Session
from scanner.collect.unfinished import Unfinished
from scanner.seen import UNSHAPED

T = TypeVar("T")

# macOS does not say which cores this process may use
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
SERVICE = TAGGED.partition(".")[0]
TELL_SECONDS = 1.0
"""How often progress is told while no task ends."""


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
    identified: Sequence[Identified] = ()
    """What is known by its ARN alone."""


class Engine:
    """Collects the given types from accounts and their regions."""

    def __init__(
        self,
        session: Session,
        accounts: Sequence[Account],
        *,
        hide: Callable[[str], str],
        workers: int = 32,
        processes: int = 1,
        task_seconds: float = 1800,
        run_seconds: float = 14400,
        unfinished: Unfinished | None = None,
        tagging: bool = False,
    ) -> None:
        """`processes`: how many may ask at once, each with so many workers; a small plan needs one.

        With more than one, `hide` must be picklable, and the types those of the catalog. `tagging`: ask the
        tagging API first for tags that would take a call each, in this process alone.
        """
        self._tagging = tagging
        self._session = session
        self._accounts = tuple(accounts)
        self._hide = hide
        self._workers = workers
        self._processes = processes
        self._task_seconds = task_seconds
        self._run_seconds = run_seconds
        self._unfinished = unfinished
        self._blocked: dict[str, Failure] = {}

    def run(self, types: Mapping[str, ResourceType], progress: Progress | None = None) -> Collected:
        """Collect every type; `progress(type, done, all)` is called as each task ends, and every second.

        Never raises for what AWS says: failures are in the ledger.
        """
        rows: list[Row] = []
        ledger = Ledger()
        tasks = plan(types, self._accounts)
        left: list[Task] = []
        for task in tasks:
            kept = self._unfinished.done.get(task.key) if self._unfinished else None
            if kept:
                rows += kept.rows
                ledger.take(kept.entries)
            else:
                left.append(task)

        def ended(task: Task, found: list[Row], entries: list[Entry]) -> None:
            rows.extend(found)
            ledger.take(entries)
            if self._unfinished:
                self._unfinished.keep(task.key, found, entries)

        until = self._session.patience.clock() + self._run_seconds
        run = Run(left, until, ended, progress, done=len(tasks) - len(left))
        dealt = shares(left, self._processes)
        if len(dealt) > 1:
            order = Order.of(self._session, self._hide, self._workers, self._task_seconds)
            ask(order, dealt, run, self._session)
        else:
            self.work(run)
        # an answer may name a thing twice (overlapping pages while somebody creates and deletes)
        distinct: dict[tuple[str, str], Row] = {}
        for row_ in sorted(rows, key=_place):
            distinct.setdefault((row_.type, row_.resource), row_)
        return Collected([distinct[key] for key in sorted(distinct)], ledger)

    def work(self, run: Run) -> None:
        """Do the tasks of a run in this process."""
        with Crew(self._workers) as crew, ThreadPoolExecutor(self._workers, "task") as pool:
            busy = {pool.submit(self._work, run, crew) for _ in range(self._workers)}
            try:
                while busy:
                    done, busy = wait(busy, timeout=TELL_SECONDS)
                    for future in done:
                        future.result()
                    run.tell()
            except BaseException:
                self._session.patience.stop()
                raise

    def _work(self, run: Run, crew: Crew) -> None:
        while task := run.next():
            ledger = Ledger()
            until = min(run.until, self._session.patience.clock() + self._task_seconds)
            asker = Asker(self._session, task.account, ledger, until, self._blocked)
            rows = _Task(task, asker, crew, self._session, self._hide, self._tagging).rows()
            run.end(task, rows, ledger.entries())


class _Task:
    """One task while it runs."""

    def __init__(
        self,
        task: Task,
        asker: Asker,
        crew: Crew,
        session: Session,
        hide: Callable[[str], str],
        tagging: bool,
    ) -> None:
        self._tagging = tagging
        self._account = task.account
        self._region = task.region
        self._kinds = task.types
        self._ask = asker
        self._crew = crew
        self._rates = session.patience.rates
        self._hide = hide

    def rows(self) -> list[Row]:
        """The rows of all the task's types."""
        listings: dict[str, Listing] = {}
        for kind in self._kinds:
            listings[kind.type] = self._collect(kind, listings)
        return self._rows(listings.values())

    def _call(self, service: str, works: Sequence[Callable[[], T]]) -> list[T]:
        lane = (self._account.identity.account, self._region, service)
        return self._crew.run(lane, max(1, int(self._rates.of(service).rate)), works)

    def _collect(self, kind: ResourceType, listings: Mapping[str, Listing]) -> Listing:
        listing = Listing(kind, self._region)
        try:
            self._fill(kind, listing, listings)
        except Exception as error:  # one type that cannot be made sense of must not end the scan
            entry = self._ask.entry(kind, self._region, UNSHAPED)
            self._ask.note(entry, Failure("malformed", type(error).__name__, str(error)[:500]))
            listing.failed = [{} for _ in listing.items]
        return listing

    def _fill(self, kind: ResourceType, listing: Listing, listings: Mapping[str, Listing]) -> None:
        if kind.of:
            self._derive(kind, listings[kind.of], listing)
        else:
            parents: list[Item | None] = [None]
            if kind.parent:
                wanted = getter(kind.parent_when) if kind.parent_when else bool
                parents = [parent for parent in listings[kind.parent].items if wanted(parent)]
            known: set[str] = set()
            while parents:
                lists = [
                    partial(self._ask.listed, kind, self._region, parent) for parent in parents
                ]
                found = [item for items in self._call(kind.client, lists) for item in items]
                listing.items.extend(found)
                # what is met again holds nothing new, whatever AWS answers
                parents = []
                for item in found if kind.nested else []:
                    id_ = str(fill(kind.id, item))
                    if id_ not in known:
                        known.add(id_)
                        parents.append(item)
        if kind.batch:
            service = kind.batch.call.partition(".")[0]
            batches = [
                partial(self._ask.describe, kind, kind.batch, self._region, chunk)
                for chunk in _chunks(listing.items, kind.batch.size)
            ]
            listing.items = [item for items in self._call(service, batches) for item in items]
        listing.items = [
            item for item in listing.items if not (kind.ignore and getter(kind.ignore)(item))
        ]
        listing.failed.extend({} for _ in listing.items[len(listing.failed) :])
        for call in kind.each:
            self._follow_up(kind, call, listing)

    def _derive(self, kind: ResourceType, parents: Listing, listing: Listing) -> None:
        """Children that the parent's item already holds; what the parent could not read, they lack."""
        find = getter(kind.items)
        for parent, failed in zip(parents.items, parents.failed, strict=True):
            for item in items_of(find(parent)):
                listing.items.append(self._ask.item(kind, listing.region, item, parent))
                listing.failed.append(dict(failed))

    def _follow_up(self, kind: ResourceType, call: Call, listing: Listing) -> None:
        """One further call an item (or `call.size` items), its answer put at `into`."""
        wanted = [
            (item, failed)
            for item, failed in zip(listing.items, listing.failed, strict=True)
            if (not call.when or getter(call.when)(item)) and self._in_scope(kind, item)
        ]
        if self._tagging and call is tag_call(kind.type):
            tags = [
                partial(self._ask.tagged, kind, call, place, several)
                for place, several in by_place(kind, listing.region, wanted).items()
            ]
            wanted = [one for left in self._call(SERVICE, tags) for one in left]
        service = call.call.partition(".")[0]
        asks: list[Callable[[], None]] = []
        if call.once:
            if wanted:
                asks.append(partial(self._ask.follow_up_once, kind, call, listing.region, wanted))
        elif call.match:
            for group in alike(call, wanted):
                size = call.size if call.param else len(group)
                for start in range(0, len(group), size):
                    chunk = group[start : start + size]
                    ask = partial(self._ask.follow_up_many, kind, call, listing.region, chunk)
                    asks.append(ask)
        else:
            for item, failed in wanted:
                asks.append(partial(self._ask.follow_up, kind, call, listing.region, item, failed))
        self._call(service, asks)

    def _in_scope(self, kind: ResourceType, item: Mapping[str, Any]) -> bool:
        """Whether an item of account scope lies in a scanned region, as far as that is known yet."""
        region = getter(kind.region)(item) if kind.region else None
        return region is None or region in self._account.regions

    def _rows(self, listings: Iterable[Listing]) -> list[Row]:
        rows: list[Row] = []
        for listing in listings:
            scope = Scope(self._account.identity.account, listing.region, self._account.regions)
            for item, failed in zip(listing.items, listing.failed, strict=True):
                made, trouble = shaped(listing.kind, item, frozenset(failed), scope, self._hide)
                if made:
                    rows.append(made)
                if trouble:
                    entry = self._ask.entry(
                        listing.kind, listing.region, trouble.call, trouble.about
                    )
                    self._ask.note(entry, trouble.failure)
        return rows


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


def _place(row: Row) -> tuple[str, str]:
    return row.account, row.region
