"""Until when a resource is wanted, as its tag says.

ISO 8601 alone is a date here: 03/04/26 is two dates, and guessing one would hide the other. A plain day
counts whole, in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from scanner.derive.tags import folded, tagged

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NEVER = frozenset({"never", "none", "permanent", "na", "no"})


@dataclass(frozen=True, slots=True)
class Expiry:
    """The expiry tag of one resource."""

    resource: str
    tag: str
    text: str
    ends: str | None
    """The first moment after it, UTC; None where the text is no date."""


def ends(text: str) -> str | None:
    """The first moment at which something with this expiry has expired, None for what is no date."""
    text = text.strip()
    try:
        if _DAY.fullmatch(text):
            moment = datetime.combine(
                date.fromisoformat(text) + timedelta(days=1), datetime.min.time()
            )
        elif _DAY.match(text):
            moment = datetime.fromisoformat(text)
        else:
            return None
        zoned = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return zoned.strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        return None


def expiries(rows: Sequence[Any], names: Sequence[str]) -> list[Expiry]:
    """The expiry of every resource that has such a tag; `never` is no expiry."""
    found = []
    for row in rows:
        tag = tagged(row.tags, names) if row.tags else None
        if tag is not None and folded(tag[1]) not in _NEVER:
            found.append(Expiry(row.resource, tag[0], tag[1], ends(tag[1])))
    return found
