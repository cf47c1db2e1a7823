"""One question to AWS at a time, each with its ledger row: list, describe, follow up.

Engine decides what is asked and in which order; nothing in here knows about threads.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from scanner.catalog import load
from scanner.catalog.path import fill, getter
from scanner.catalog.spec import Call, ResourceType
from scanner.collect.failure import EXPIRED, Blocked, Failure
from scanner.collect.ledger import Entry, Ledger
from scanner.collect.pages import answers, items_of, pages
from scanner.collect.session import TAGGED, Account, Session
from scanner.collect.turn import Turn, taking
from scanner.seen import ELSEWHERE, GLOBAL

Item = dict[str, Any]
Failed = dict[str, Failure]
"""For one item, the calls (`into`) that could not be read."""


class Asker:
    """Asks AWS for one account until a deadline, and writes down what became of every question.

    `blocked` has, by account, why there is no point in asking there at all; it is added to here.
    """

    def __init__(
        self,
        session: Session,
        account: Account,
        ledger: Ledger,
        until: float,
        blocked: dict[str, Failure],
    ) -> None:
        self._session = session
        self._identity = account.identity
        self._ledger = ledger
        self._turn = Turn(account.identity.account, account.credentials, until)
        self._blocked = blocked
        partition = account.identity.partition
        self._about = {
            "_account": account.identity.account,
            "_partition": partition,
            "_dns": "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com",
        }

    @contextmanager
    def _asked(self, entry: Entry, owner: str = "") -> Iterator[Entry]:
        """The ledger's `asked`, in this account's turn; what belongs to another owner is told there alone."""
        with self._ledger.asked(entry), taking(self._turn):
            yield entry
        if entry.status == "denied" and owner not in ("", self._identity.account):
            entry.status = ELSEWHERE
            entry.message = f"{owner} and its delegated administrators are answered alone"
        if entry.error_code in EXPIRED:
            self._blocked.setdefault(entry.account, entry.failure)

    def note(self, entry: Entry, failure: Failure) -> None:
        """Write down a failure that is not a call's."""
        self._ledger.ask(entry).end(failure)

    def entry(self, kind: ResourceType, region: str, call: str, parent: str = "") -> Entry:
        """A ledger row for a call, not yet written down."""
        return Entry.of(self._identity.account, region, call, kind.type, parent)

    def item(self, kind: ResourceType, region: str, raw: Any, parent: Item | None) -> Item:
        """A raw item with what templates may name beside it: account, partition, region, parent."""
        held = {kind.item_key: raw} if kind.item_key else dict(raw)
        held |= self._about
        if region != GLOBAL:
            held["_region"] = region
        if parent is not None:
            held["parent"] = parent
        return held

    def listed(
        self, kind: ResourceType, region: str, parent: Item | None, most: int = 0
    ) -> list[Item]:
        """All items of one list call, or of `most` pages of it; those before a failure are kept, the
        entry says the rest."""
        found: list[Item] = []
        owner = _owner(load().get(kind.parent), parent)
        for chosen in _fanned_out(kind, region, parent):
            entry = self.entry(kind, region, kind.list, _label(kind, parent))
            held = {f"_{name}": value for name, value in chosen.items()}
            with self._asked(entry, owner) as entry:
                params = _params(kind.params, {"parent": parent, **self._about}) | chosen
                try:
                    for page in pages(self._client(kind.client, region), kind, params):
                        entry.pages += 1
                        entry.items += len(page)
                        found.extend(self.item(kind, region, raw, parent) | held for raw in page)
                        if entry.pages == most:
                            break
                except ClientError as error:
                    code = error.response.get("Error", {}).get("Code")
                    if entry.pages or code not in kind.absent:
                        raise
                    entry.pages = 1
                except EndpointConnectionError:
                    # the table alone may be old, and a name that cannot be found alone may be the network's
                    if region == GLOBAL or self._session.offers(kind.client, region):
                        raise
                    entry.end()
                    entry.status = "not_offered"
        return found

    def describe(
        self, kind: ResourceType, batch: Call, region: str, chunk: Sequence[Item]
    ) -> list[Item]:
        """The described items of some listed ones of one parent."""
        found: list[Item] = []
        first = chunk[0]
        parent = first.get("parent")
        with self._asked(self.entry(kind, region, batch.call, _label(kind, parent))) as entry:
            params = _params(batch.params, first)
            if batch.param:
                params[batch.param] = [getter(batch.key)(item) for item in chunk]
            raws: list[Any] = []
            for answer in answers(self._client(entry.service, region), entry.operation, params):
                raws += items_of(getter(batch.items)(answer)) if batch.items else [answer]
                entry.pages += 1
            entry.items = len(raws)
            for raw in raws:
                held = self.item(kind, region, raw, parent)
                if kind.item_key and batch.size == 1:
                    held[kind.item_key] = getter(batch.key)(first)
                found.append(held)
            if batch.param and len(raws) < len(chunk):
                # listed a moment ago and not described now: whatever it is, it is not known to be gone
                lost = f"{len(chunk)} were asked for and {len(raws)} came"
                entry.end(Failure("vanished", "FewerThanAsked", lost))
        return found

    def follow_up(
        self, kind: ResourceType, call: Call, region: str, item: Item, failed: Failed
    ) -> None:
        """One further call about one item, its answer put at `into`."""
        entry = self.entry(kind, region, call.call, str(fill(kind.id, item) or ""))
        with self._asked(entry, _owner(kind, item)):
            where = getter(kind.region)(item) if kind.region else None
            client = self._client(entry.service, where or region)
            try:
                item[call.into] = _whole(client, entry.operation, _params(call.params, item), call)
                entry.items = 1
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") not in call.absent:
                    raise
                item[call.into] = None
            entry.pages = 1
        _miss(call, entry, [failed])

    def tagged(
        self, kind: ResourceType, call: Call, region: str, items: Sequence[tuple[Item, Failed]]
    ) -> list[tuple[Item, Failed]]:
        """Put the tags that the tagging API names at `into`; those of whom it names none, who may have some
        nonetheless, are left to be asked by themselves."""
        if len(items) < 2:
            return list(items)  # nothing could be saved
        arns = [
            str(fill(kind.arn, {**item, "_id": fill(kind.id, item)}) or "") for item, _ in items
        ]
        named: dict[str, Any] = {}
        with self._asked(self.entry(kind, region, TAGGED)) as entry:
            params = {
                "ResourceTypeFilters": sorted({_sort(arn) for arn in arns if arn}),
                "ResourcesPerPage": 100,
            }
            for answer in answers(self._client(entry.service, region), entry.operation, params):
                found = answer["ResourceTagMappingList"]
                entry.pages += 1
                entry.items += len(found)
                named |= {row["ResourceARN"]: row["Tags"] for row in found}
        left = []
        for arn, one in zip(arns, items, strict=True):
            tags: Any = named.get(arn)
            if not tags:
                left.append(one)
                continue
            for part in reversed(kind.tags.split(".")[1:]):
                tags = {part: tags}
            one[0][call.into] = tags
        return left

    def follow_up_many(
        self,
        kind: ResourceType,
        call: Call,
        region: str,
        chunk: Sequence[tuple[Item, Failed]],
    ) -> None:
        """One further call about several items, each one's part of the answer put at `into`."""
        keys = [str(getter(call.key)(item)).removeprefix(call.strip) for item, _ in chunk]
        # one row for all of them: without a parent it concerns every resource of the type
        entry = self.entry(kind, region, call.call)
        with self._asked(entry, _owner(kind, chunk[0][0])):
            params = _params(call.params, chunk[0][0])
            if call.param:
                params[call.param] = keys
            answer = _whole(self._client(entry.service, region), entry.operation, params, call)
            found = _by_key(call, answer or [])
            entry.pages, entry.items = 1, len(answer or [])
            for (item, _), key in zip(chunk, keys, strict=True):
                parts = found.get(key, [])
                item[call.into] = parts if call.many else parts[-1] if parts else None
        _miss(call, entry, (failed for _, failed in chunk))

    def follow_up_once(
        self, kind: ResourceType, call: Call, region: str, chunk: Sequence[tuple[Item, Failed]]
    ) -> None:
        """One further call whose whole answer every item gets at `into`."""
        entry = self.entry(kind, region, call.call)
        with self._asked(entry, _owner(kind, chunk[0][0])):
            params = _params(call.params, self._about)
            answer = _whole(self._client(entry.service, region), entry.operation, params, call)
            entry.pages, entry.items = 1, len(answer or [])
            for item, _ in chunk:
                item[call.into] = answer
        _miss(call, entry, (failed for _, failed in chunk))

    def _client(self, service: str, region: str) -> Any:
        if because := self._blocked.get(self._identity.account):
            raise Blocked(because)
        return self._session.client(service, self._identity.home if region == GLOBAL else region)


def _miss(call: Call, entry: Entry, items: Iterable[Failed]) -> None:
    """Write down at the items what a call that failed would have said of them."""
    if not entry.complete:
        for failed in items:
            failed[call.into] = entry.failure


def by_place(
    kind: ResourceType, region: str, items: Sequence[tuple[Item, Failed]]
) -> dict[str, list[tuple[Item, Failed]]]:
    """The items by the region that each says it is in."""
    places: dict[str, list[tuple[Item, Failed]]] = {}
    for one in items:
        place = getter(kind.region)(one[0]) if kind.region else None
        places.setdefault(str(place or region), []).append(one)
    return places


def alike(call: Call, items: Sequence[tuple[Item, Failed]]) -> list[list[tuple[Item, Failed]]]:
    """The items in groups that one call with the same parameters can be about."""
    groups: dict[str, list[tuple[Item, Failed]]] = {}
    for one in items:
        groups.setdefault(repr(_params(call.params, one[0])), []).append(one)
    return list(groups.values())


def _sort(arn: str) -> str:
    """What the tagging API calls the type of a resource: the ARN's service and, if it has one, type."""
    _, _, service, _, _, rest = [*arn.split(":", 5), "", "", "", "", ""][:6]
    named = re.match(r"([\w-]+)[/:]", rest)
    return f"{service}:{named[1]}" if named else service


def _by_key(call: Call, answer: Iterable[Any]) -> dict[str, list[Any]]:
    """The parts of an answer about many items, by the key of the item that each belongs to."""
    find = getter(call.match)
    found: dict[str, list[Any]] = {}
    for part in answer:
        keys = find(part)
        for key in keys if isinstance(keys, list) else [keys]:
            found.setdefault(str(key), []).append(part)
    return found


def _owner(kind: ResourceType | None, item: Mapping[str, Any] | None) -> str:
    """The account that alone may be asked about an item, or about what it was found through; or ``."""
    while kind is not None and item is not None:
        if kind.owned_by:
            return str(getter(kind.owned_by)(item) or "")
        kind, item = load().get(kind.container), item.get("parent")
    return ""


def _fanned_out(kind: ResourceType, region: str, parent: Item | None) -> Iterator[dict[str, str]]:
    """The parameters that differ between a type's listings in one region and of one parent; `{}` for one."""
    held = {name: getter(path)({"parent": parent}) or [] for name, path in kind.over.items()}
    choices = {**kind.fan_out, **held}
    for values in itertools.product(*choices.values()):
        if all(kind.only_in.get(value, region) == region for value in values):
            yield dict(zip(choices, values, strict=True))


def _label(kind: ResourceType, parent: Item | None) -> str:
    """Terraform's id of the parent that a call is about, `` for a call about none."""
    return str(fill(load()[kind.parent].id, parent) or "") if kind.parent and parent else ""


def _whole(client: Any, operation: str, params: Mapping[str, Any], call: Call) -> Any:
    """The answer of a side call, all pages of it where `items` names a list."""
    if not call.items:
        answer = getattr(client, operation)(**params)
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}
    find = getter(call.items)
    if not client.can_paginate(operation):
        return find(getattr(client, operation)(**params))
    return [
        part for answer in answers(client, operation, params) for part in items_of(find(answer))
    ]


def _params(params: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(value, document) for name, value in params.items()}


def _value(value: Any, document: Mapping[str, Any]) -> Any:
    """A parameter with its `{path}` filled; constants stay as they are."""
    if isinstance(value, str) and "{" in value:
        return fill(value, document)
    if isinstance(value, list):
        return [_value(item, document) for item in value]
    if isinstance(value, dict):
        return _params(value, document)
    return value
