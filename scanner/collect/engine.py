"""Runs the resource types: lists, describes, follows up, and shapes what comes back into rows.

One task is one type in one account and region. Children run after their parents, from the parents' items.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from scanner.catalog.path import fill, getter
from scanner.catalog.spec import Call, ResourceType
from scanner.collect.failure import Failure
from scanner.collect.ledger import Entry, Ledger
from scanner.collect.pages import pages
from scanner.collect.rows import Row, Scope, row
from scanner.collect.session import Identity, Session

GLOBAL = "global"
UNSHAPED = "watchbill.shape"
"""The ledger's name for an answer that came whole but could not be made sense of."""
Progress = Callable[[str, int, int], None]


@dataclass
class Listing:
    """The raw items of one type in one scope."""

    kind: ResourceType
    region: str
    items: list[dict[str, Any]] = field(default_factory=list)
    failed: list[dict[str, Failure]] = field(default_factory=list)
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
        self._session = session
        self._identity = identity
        self._regions = tuple(regions)
        self._hide = hide
        self._workers = workers
        self._ledger = Ledger()
        china = identity.partition == "aws-cn"
        self._about = {
            "_account": identity.account,
            "_partition": identity.partition,
            "_dns": "amazonaws.com.cn" if china else "amazonaws.com",
        }

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

    def _home(self) -> str:
        return {"aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1"}.get(
            self._identity.partition, "us-east-1"
        )

    def _client(self, service: str, region: str) -> Any:
        return self._session.client(service, self._home() if region == GLOBAL else region)

    def _entry(self, kind: ResourceType, region: str, call: str, parent: str = "") -> Entry:
        service, _, operation = call.partition(".")
        return Entry(self._identity.account, region, service, operation, kind.type, parent)

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
            entry = self._entry(kind, region, UNSHAPED)
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
            jobs = [calls.submit(self._list, kind, region, parent) for parent in parents]
            for job in jobs:
                listing.items.extend(job.result())
        else:
            listing.items.extend(self._list(kind, region, None))
        if kind.batch:
            listing.items = self._describe(kind, kind.batch, region, listing.items, calls)
        listing.items = [
            item for item in listing.items if not (kind.ignore and getter(kind.ignore)(item))
        ]
        listing.failed.extend({} for _ in listing.items[len(listing.failed) :])
        for call in kind.each:
            self._follow_up(kind, call, listing, calls)

    def _container_scope(self, kind: ResourceType, region: str) -> str:
        from scanner.catalog import load

        return region if load()[kind.container].scope == "region" else GLOBAL

    def _derive(self, kind: ResourceType, parents: Listing, listing: Listing) -> None:
        """Children that the parent's item already holds; what the parent could not read, they lack."""
        find = getter(kind.items)
        for parent, failed in zip(parents.items, parents.failed, strict=True):
            items = find(parent)
            # a path such as `Policy && [@]` answers false or "" where there is nothing
            items = items if isinstance(items, list) else [items] if items else []
            for item in items:
                listing.items.append(self._item(kind, listing.region, item, parent))
                listing.failed.append(dict(failed))

    def _item(
        self, kind: ResourceType, region: str, item: Any, parent: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        held = {kind.item_key: item} if kind.item_key else dict(item)
        held |= self._about
        if region != GLOBAL:
            held["_region"] = region
        if parent is not None:
            held["parent"] = parent
        return held

    def _list(
        self, kind: ResourceType, region: str, parent: dict[str, Any] | None
    ) -> list[dict[str, Any]]:
        """All items of one list call; the items before a failure are kept, the entry says the rest."""
        found: list[dict[str, Any]] = []
        label = str(fill(_parent_id(kind), {"parent": parent}) or "") if parent else ""
        with self._ledger.asked(self._entry(kind, region, kind.list, label)) as entry:
            document = {"parent": parent, **self._about}
            params = {name: _value(value, document) for name, value in kind.params.items()}
            for page in pages(self._client(kind.client, region), kind, params):
                entry.pages += 1
                entry.items += len(page)
                found.extend(self._item(kind, region, item, parent) for item in page)
        return found

    def _describe(
        self,
        kind: ResourceType,
        batch: Call,
        region: str,
        listed: list[dict[str, Any]],
        calls: ThreadPoolExecutor,
    ) -> list[dict[str, Any]]:
        """Listed ids replaced by described items, `batch.size` a call and one parent a call."""
        groups: dict[int, list[dict[str, Any]]] = {}
        for item in listed:
            groups.setdefault(id(item.get("parent")), []).append(item)
        chunks = [
            group[start : start + batch.size]
            for group in groups.values()
            for start in range(0, len(group), batch.size)
        ]

        def one(chunk: list[dict[str, Any]]) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = []
            first = chunk[0]
            above = first.get("parent")
            label = str(fill(_parent_id(kind), {"parent": above}) or "") if above else ""
            with self._ledger.asked(self._entry(kind, region, batch.call, label)) as entry:
                params = {name: _value(value, first) for name, value in batch.params.items()}
                if batch.param:
                    params[batch.param] = [getter(batch.key)(item) for item in chunk]
                service, _, operation = batch.call.partition(".")
                answer = getattr(self._client(service, region), operation)(**params)
                items = getter(batch.items)(answer) if batch.items else answer
                items = items if isinstance(items, list) else [items] if items else []
                entry.pages, entry.items = 1, len(items)
                for item in items:
                    held = self._item(kind, region, item, first.get("parent"))
                    if kind.item_key and batch.size == 1:
                        held[kind.item_key] = getter(batch.key)(first)
                    found.append(held)
            return found

        jobs = [calls.submit(one, chunk) for chunk in chunks]
        return [item for job in jobs for item in job.result()]

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
        if call.size > 1:
            for start in range(0, len(wanted), call.size):
                chunk = wanted[start : start + call.size]
                jobs.append(calls.submit(self._side_batch, kind, call, listing.region, chunk))
        else:
            for item, failed in wanted:
                jobs.append(calls.submit(self._side, kind, call, listing.region, item, failed))
        for job in jobs:
            job.result()

    def _in_scope(self, kind: ResourceType, item: Mapping[str, Any]) -> bool:
        """Whether an item of account scope lies in a scanned region, as far as that is known yet."""
        region = getter(kind.region)(item) if kind.region else None
        return region is None or region in self._regions

    def _side(
        self,
        kind: ResourceType,
        call: Call,
        region: str,
        item: dict[str, Any],
        failed: dict[str, Failure],
    ) -> None:
        label = str(fill(kind.id, item) or "")
        entry = self._entry(kind, region, call.call, label)
        absent = False
        with self._ledger.asked(entry):
            params = {name: _value(value, item) for name, value in call.params.items()}
            service, _, operation = call.call.partition(".")
            where = getter(kind.region)(item) if kind.region else None
            client = self._client(service, where or region)
            try:
                answer = _whole(client, operation, params, call)
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") not in call.absent:
                    raise
                absent, answer = True, None
            entry.pages, entry.items = 1, 0 if absent else 1
            item[call.into] = answer
        if not entry.complete:
            failed[call.into] = Failure(entry.status, entry.error_code, entry.message)

    def _side_batch(
        self,
        kind: ResourceType,
        call: Call,
        region: str,
        chunk: Sequence[tuple[dict[str, Any], dict[str, Failure]]],
    ) -> None:
        keys = [str(getter(call.key)(item)).removeprefix(call.strip) for item, _ in chunk]
        entry = self._entry(kind, region, call.call, keys[0])
        with self._ledger.asked(entry):
            params = {name: _value(value, chunk[0][0]) for name, value in call.params.items()}
            params[call.param] = keys
            service, _, operation = call.call.partition(".")
            answer = _whole(self._client(service, region), operation, params, call)
            found = {str(getter(call.match)(part)): part for part in answer or []}
            entry.pages, entry.items = 1, len(found)
            for (item, _), key in zip(chunk, keys, strict=True):
                item[call.into] = found.get(key)
        if not entry.complete:
            failure = Failure(entry.status, entry.error_code, entry.message)
            for _, failed in chunk:
                failed[call.into] = failure

    def _rows(self, listings: Any) -> list[Row]:
        rows: list[Row] = []
        for listing in listings:
            scope = Scope(self._identity.account, listing.region, self._regions)
            for item, failed in zip(listing.items, listing.failed, strict=True):
                made = row(listing.kind, item, frozenset(failed), scope, self._hide)
                if isinstance(made, Row):
                    rows.append(made)
                elif made is not None:
                    entry = self._entry(listing.kind, listing.region, UNSHAPED, made)
                    self._ledger.ask(entry).end(
                        Failure("malformed", "Unshaped", f"{listing.kind.type}: {made}")
                    )
        return sorted(rows, key=lambda r: (r.type, r.account, r.region, r.resource))


def _whole(client: Any, operation: str, params: Mapping[str, Any], call: Call) -> Any:
    """The answer of a side call, all pages of it where `items` names a list."""
    if not call.items:
        answer = getattr(client, operation)(**params)
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}
    find = getter(call.items)
    if not client.can_paginate(operation):
        return find(getattr(client, operation)(**params))
    found: list[Any] = []
    for answer in client.get_paginator(operation).paginate(**params):
        part = find(answer)
        found.extend(part if isinstance(part, list) else [part] if part is not None else [])
    return found


def _value(value: Any, document: Mapping[str, Any]) -> Any:
    """A parameter with its `{path}` filled; constants stay as they are."""
    if isinstance(value, str) and "{" in value:
        return fill(value, document)
    if isinstance(value, list):
        return [_value(item, document) for item in value]
    if isinstance(value, dict):
        return {name: _value(item, document) for name, item in value.items()}
    return value


def _parent_id(kind: ResourceType) -> str:
    """The template of the parent's id, seen from the child's item."""
    from scanner.catalog import load

    return load()[kind.parent].id.replace("{", "{parent.")


def _waves(types: Mapping[str, ResourceType]) -> list[set[str]]:
    """Types in rounds, each round's containers in earlier ones."""
    depth: dict[str, int] = {}
    for name, kind in types.items():
        depth[name] = depth[kind.container] + 1 if kind.container in types else 0
    return [
        {name for name, level in depth.items() if level == wave}
        for wave in range(max(depth.values(), default=-1) + 1)
    ]
