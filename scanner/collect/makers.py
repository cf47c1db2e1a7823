"""Who made what nobody owns: CloudTrail's history of the last 90 days, asked about one at a time.

CloudTrail answers two such questions a second, so it is asked only where the settings say so
(`creator_lookups`), about the newest first, and never about more than they say.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from scanner.collect.ledger import Entry, Ledger
from scanner.collect.session import LOOKUP, Account, Session
from scanner.collect.turn import Turn, taking
from scanner.directory import Maker
from scanner.seen import GLOBAL

DAYS = 90
"""So long CloudTrail remembers without a trail."""
PAGES = 3
"""Of 50 events each, the newest first, that are read about one resource."""


class Making(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One block of makers.toml."""

    events: tuple[str, ...]
    type: str
    """As CloudTrail calls it: events of other services may have the same name, and name the same name."""
    by: Literal["id", "name"]
    parts: tuple[str, ...] = ()
    """Types that AWS does not know, whose writes are recorded on this one; they have its id."""


@lru_cache(maxsize=1)
def makings() -> Mapping[str, Making]:
    """What tells of the making of each type."""
    text = Path(__file__).with_name("makers.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Making])


def makers(
    session: Session | None, accounts: Iterable[Account], ledger: Ledger, most: int, now: datetime,
    rows: Iterable[Any],
) -> dict[str, Maker]:  # fmt: skip
    """Who made each of the rows, as far as CloudTrail knows: resource to maker.

    Nobody is asked without a session, and about no more than `most` of them.
    """
    if session is None or not most:
        return {}
    by_account = {account.identity.account: account for account in accounts}
    since = now - timedelta(days=DAYS)
    young = [
        row
        for row in rows
        if row.type in makings() and row.account in by_account
        and (row.created_at is None or row.created_at >= f"{since:%Y-%m-%dT%H:%M:%SZ}")
    ]  # fmt: skip
    # what AWS does not date comes last
    young.sort(key=lambda row: (row.created_at or "", row.resource), reverse=True)
    found: dict[str, Maker] = {}
    refused: set[str] = set()
    for row in young[:most]:
        if row.account not in refused:
            entry, maker = _maker(session, by_account[row.account], ledger, row, since)
            if maker is not None:
                found[row.resource] = maker
            if not entry.complete:
                refused.add(row.account)  # one gap in the ledger says it
    return found


def _maker(
    session: Session, account: Account, ledger: Ledger, row: Any, since: datetime
) -> tuple[Entry, Maker | None]:
    """What was asked about one row, and its maker, where CloudTrail knows."""
    making = makings()[row.type]
    made: list[Maker] = []

    def enough(told: Sequence[Mapping[str, Any]]) -> bool:
        made.extend(m for event in told if (m := read(event, making.events)))
        return bool(made)

    entry, _ = look_up(session, account, ledger, row, making, since, enough)
    # a name may have been given twice: the last making counts
    return entry, made[0] if made else None


def look_up(
    session: Session,
    account: Account,
    ledger: Ledger,
    row: Any,
    making: Making,
    since: datetime,
    enough: Callable[[Sequence[Mapping[str, Any]]], bool],
) -> tuple[Entry, bool]:
    """Ask for the events about one row, the newest first, until `enough` of a page says so.

    Gives the ledger's row, and whether CloudTrail had more than was read.
    """
    region = row.region
    if region == GLOBAL:
        region = account.identity.home
    entry = Entry.of(row.account, region, LOOKUP, parent=row.id)
    turn = Turn(row.account, account.credentials)
    more = False
    with ledger.asked(entry), taking(turn):
        name = getattr(row, making.by)
        about = {"ResourceType": making.type, "ResourceName": name}
        for answer in _pages(session.client(entry.service, region), name, since):
            entry.pages += 1
            entry.items += len(answer["Events"])
            more = bool(answer.get("NextToken"))
            if enough([event for event in answer["Events"] if about in event.get("Resources", ())]):
                break
    return entry, more


def _pages(client: Any, name: str, since: datetime) -> Iterator[Any]:
    attribute = {"AttributeKey": "ResourceName", "AttributeValue": name}
    wanted = {"LookupAttributes": [attribute], "StartTime": since, "MaxResults": 50}
    for _ in range(PAGES):
        answer = client.lookup_events(**wanted)
        yield answer
        if not answer.get("NextToken"):
            return
        wanted["NextToken"] = answer["NextToken"]


def read(event: Mapping[str, Any], events: Iterable[str]) -> Maker | None:
    """Who did it, where the event is one of these and succeeded. Raises ValueError for what is no event."""
    if str(event.get("EventName")) not in events:
        return None
    document = json.loads(event["CloudTrailEvent"])
    if document.get("errorCode"):
        return None
    name, role = who(document)
    return Maker(name, role, str(event["EventName"]), str(document.get("eventTime") or "")[:10])


def who(document: Mapping[str, Any]) -> tuple[str, str]:
    """The name of a user or session, and the role it used or what kind it is; `` for a user."""
    said = document.get("userIdentity") or {}
    arn = str(said.get("arn") or "")
    name = str(said.get("userName") or said.get("invokedBy") or said.get("type") or "")
    if said.get("type") == "AssumedRole":
        # arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION: the session says who took the role, if anything does
        role, _, name = arn.partition(":assumed-role/")[2].partition("/")
        return name, role
    if said.get("type") in ("IAMUser", "IdentityCenterUser"):
        return name, ""
    return name, str(said.get("type") or "nobody")
