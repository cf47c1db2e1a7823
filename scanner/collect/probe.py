"""What the credentials are good for: each list call asked once, one page of it, in one region.

A call about one item is not tried: there may be none. What became of those is in the last scan's ledger.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from scanner.catalog import ResourceType
from scanner.collect.asking import Asker
from scanner.collect.ledger import Entry, Ledger
from scanner.collect.session import Account, Session
from scanner.seen import GLOBAL

AT_ONCE = 16


def probe(
    session: Session, account: Account, region: str, types: Iterable[ResourceType]
) -> list[Entry]:
    """The ledger rows of the first page of every list call that needs no parent, one a type."""
    ledger = Ledger()
    asker = Asker(session, account, ledger, session.patience.clock() + 120, {})
    asked = [kind for kind in types if kind.list and not kind.parent]

    def one(kind: ResourceType) -> None:
        asker.listed(kind, region if kind.scope == "region" else GLOBAL, None, most=1)

    with ThreadPoolExecutor(AT_ONCE, "probe") as pool:
        list(pool.map(one, asked))
    return ledger.entries()


def clock_skew(answer: Any) -> float | None:
    """By how many seconds this machine's clock is ahead of AWS's, from the Date header of an answer or
    of an error; None where there is none."""
    headers = (answer or {}).get("ResponseMetadata", {}).get("HTTPHeaders", {})
    try:
        theirs = parsedate_to_datetime(headers["date"])
    except (KeyError, TypeError, ValueError):
        return None
    return (datetime.now(UTC) - theirs.astimezone(UTC)).total_seconds()


def expiry(credentials: Any) -> datetime | None:
    """When credentials end; None for those that do not, or do not say so."""
    found = getattr(credentials, "_expiry_time", None)
    return found if isinstance(found, datetime) else None
