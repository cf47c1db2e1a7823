"""Runs the resource types: lists, describes, follows up, and shapes what comes back into rows.

A task is begun by a thread of its own, which has its calls made by the crew; children run after their
parents, from their items. When a task is done its rows stay, and its raw items go.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from scanner.catalog.path import getter
from scanner.catalog.spec import Call, ResourceType
from scanner.collect.asking import Asker, Failed, Item
from scanner.collect.crew import Crew
from scanner.collect.failure import Failure
from scanner.collect.ledger import Ledger
from scanner.collect.pages import items_of
from scanner.collect.plan import Task, plan
from scanner.collect.rows import Row, Scope, row
from scanner.collect.session import Account, Session
from scanner.collect.unfinished import Unfinished
from scanner.seen import UNREADABLE, UNSHAPED

Progress = Callable[[str, int, int], None]
NO_POLICY = Failure("malformed", "Unreadable", "a policy document is none that can be read")
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


class Engine:
    """Collects the given types from accounts and their regions."""

    def __init__(
        self,
        session: Session,
        accounts: Sequence[Account],
        *,
        hide: Callable[[str], str],
        workers: int = 32,
        task_seconds: float = 1800,
        run_seconds: float = 14400,
        unfinished: Unfinished | None = None,
    ) -> None:
        self._session = session
        self._accounts = tuple(accounts)
        self._hide = hide
        self._workers = workers
        self._task_seconds = task_seconds
        self._run_seconds = run_seconds
        self._unfinished = unfinished
        self._blocked: dict[str, Failure] = {}

    def run(self, types: Mapping[str, ResourceType], progress: Progress | None = None) -> Collected:
        """Collect every type; `progress(type, done, all)` is called as each task ends, and every second.

        Never raises for what AWS says: failures are in the ledger.
        """
        tasks = plan(types, self._accounts)
        run = _Run(tasks, progress, self._session.patience.clock() + self._run_seconds)
        with (
            Crew(self._workers) as crew,
            ThreadPoolExecutor(max(1, min(len(tasks), self._workers)), "task") as pool,
        ):
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
        # an answer may name a thing twice (overlapping pages while somebody creates and deletes)
        distinct: dict[tuple[str, str], Row] = {}
        for found in sorted(run.rows, key=_place):
            distinct.setdefault((found.type, found.resource), found)
        return Collected([distinct[key] for key in sorted(distinct)], run.ledger)

    def _work(self, run: _Run, crew: Crew) -> None:
        while task := run.next():
            ledger = Ledger()
            kept = self._unfinished.done.get(task.key) if self._unfinished else None
            if kept:
                ledger.take(kept.entries)
                run.end(task, kept.rows, ledger)
                continue
            until = min(run.until, self._session.patience.clock() + self._task_seconds)
            asker = Asker(self._session, task.account, ledger, until, self._blocked)
            rows = _Task(task, asker, crew, self._session, self._hide).rows()
            if self._unfinished:
                self._unfinished.keep(task.key, rows, ledger.entries())
            run.end(task, rows, ledger)


class _Run:
    """What the threads of a run share: the tasks that are left, and what the others gave."""

    def __init__(self, tasks: Sequence[Task], progress: Progress | None, until: float) -> None:
        self.rows: list[Row] = []
        self.ledger = Ledger()
        self.until = until
        self._left = iter(tasks)
        self._all = len(tasks)
        self._done = 0
        self._underway: dict[str, Task] = {}
        self._progress = progress
        self._lock = threading.Lock()

    def next(self) -> Task | None:
        """The task to begin now; None when there is none."""
        with self._lock:
            task = next(self._left, None)
            if task:
                self._underway[task.key] = task
            return task

    def end(self, task: Task, rows: list[Row], ledger: Ledger) -> None:
        """Take what a task gave."""
        with self._lock:
            self.rows += rows
            self.ledger.take(ledger.entries())
            self._done += 1
            del self._underway[task.key]
        self.tell()

    def tell(self) -> None:
        """Say how far it is, and what has been underway for longest."""
        if self._progress:
            with self._lock:
                oldest = next(iter(self._underway.values()), None)
                self._progress(oldest.types[0].type if oldest else "", self._done, self._all)


class _Task:
    """One task while it runs."""

    def __init__(
        self, task: Task, asker: Asker, crew: Crew, session: Session, hide: Callable[[str], str]
    ) -> None:
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

    def _call(self, kind: ResourceType, service: str, work: Callable[[], Any]) -> Future[Any]:
        lane = (self._account.identity.account, self._region, service)
        return self._crew.submit(lane, max(1, int(self._rates.of(service).rate)), work)

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
            jobs = [
                self._call(kind, kind.client, partial(self._ask.listed, kind, self._region, parent))
                for parent in parents
            ]
            for job in jobs:
                listing.items.extend(job.result())
        if kind.batch:
            service = kind.batch.call.partition(".")[0]
            described = [
                self._call(
                    kind,
                    service,
                    partial(self._ask.describe, kind, kind.batch, self._region, chunk),
                )
                for chunk in _chunks(listing.items, kind.batch.size)
            ]
            listing.items = [item for job in described for item in job.result()]
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
        service = call.call.partition(".")[0]
        asks: list[Callable[[], None]] = []
        if call.once:
            if wanted:
                asks.append(partial(self._ask.follow_up_once, kind, call, listing.region, wanted))
        elif call.match:
            size = call.size if call.param else max(1, len(wanted))
            for start in range(0, len(wanted), size):
                chunk = wanted[start : start + size]
                asks.append(partial(self._ask.follow_up_many, kind, call, listing.region, chunk))
        else:
            for item, failed in wanted:
                asks.append(partial(self._ask.follow_up, kind, call, listing.region, item, failed))
        jobs = [self._call(kind, service, ask) for ask in asks]
        for job in jobs:
            job.result()

    def _in_scope(self, kind: ResourceType, item: Mapping[str, Any]) -> bool:
        """Whether an item of account scope lies in a scanned region, as far as that is known yet."""
        region = getter(kind.region)(item) if kind.region else None
        return region is None or region in self._account.regions

    def _rows(self, listings: Iterable[Listing]) -> list[Row]:
        rows: list[Row] = []
        for listing in listings:
            scope = Scope(self._account.identity.account, listing.region, self._account.regions)
            for item, failed in zip(listing.items, listing.failed, strict=True):
                try:
                    made = row(listing.kind, item, frozenset(failed), scope, self._hide)
                except Exception as error:  # one item that cannot be read must not hide the others
                    made = f"{type(error).__name__}: {error}"
                if isinstance(made, Row):
                    rows.append(made)
                    if UNREADABLE in made.unread:
                        entry = self._ask.entry(listing.kind, listing.region, UNREADABLE, made.id)
                        self._ask.note(entry, NO_POLICY)
                elif made is not None:
                    entry = self._ask.entry(listing.kind, listing.region, UNSHAPED, made)
                    self._ask.note(
                        entry, Failure("malformed", "Unshaped", f"{listing.kind.type}: {made}")
                    )
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
