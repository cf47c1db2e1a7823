"""What a resource costs a month by itself, where a line of prices.toml and its attributes say so.

In: rows. Out: USD by resource. A resource of another region than the price's, one of which an attribute that
the price depends on was not read, and one without a price are left out: unknown is not nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

HOURS = 730
"""Of a month, as AWS's own calculator counts."""
Unit = Literal["hour", "month", "GB-month", "IOPS-month", "MiBps-month"]


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of prices.toml."""

    type: str
    region: str
    usd: float
    unit: Unit
    source: str
    """A name of `Table.source`."""
    when: Mapping[str, str] = {}
    times: str = ""
    over: int = 0
    up_to: int | None = None


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where prices were read, and on which day."""

    read: date
    url: str


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """prices.toml."""

    price: tuple[Price, ...]
    source: Mapping[str, Source]


@lru_cache(maxsize=1)
def table() -> Table:
    """Every price and where it was read."""
    text = Path(__file__).with_name("prices.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Table)


def price_rows() -> list[dict[str, Any]]:
    """The rows of the snapshot's table `prices`."""
    return [
        {
            "type": price.type,
            "applies": dict(price.when),
            "region": price.region,
            "usd": price.usd,
            "unit": price.unit,
            "times": price.times,
            "beyond": price.over,
            "up_to": price.up_to,
            "read": table().source[price.source].read.isoformat(),
            "source": table().source[price.source].url,
        }
        for price in table().price
    ]


def costs(rows: Sequence[Any]) -> dict[str, float]:
    """What each resource costs a month, where all of it is known."""
    lines: dict[tuple[str, str], list[Price]] = defaultdict(list)
    for price in table().price:
        lines[price.type, price.region].append(price)
    found = {}
    for row in rows:
        parts = [
            _amount(price, row.attributes)
            for price in lines.get((row.type, row.region), ())
            if _fits(price, row.attributes)
        ]
        known = [part for part in parts if part is not None]
        if sum(known) > 0 and len(known) == len(parts):
            found[row.resource] = round(sum(known), 2)
    return found


def _fits(price: Price, attributes: Mapping[str, Any]) -> bool:
    return all(
        name in attributes and re.fullmatch(pattern, str(attributes[name] or ""))
        for name, pattern in price.when.items()
    )


def _amount(price: Price, attributes: Mapping[str, Any]) -> float | None:
    many = attributes.get(price.times) if price.times else 1
    if isinstance(many, list):
        many = len(many)
    elif many is None and price.over and price.times in attributes:
        many = price.over  # AWS says nothing of it: no more than what is free was asked for
    if not isinstance(many, int | float) or (price.up_to is not None and many > price.up_to):
        return None
    return price.usd * max(0, many - price.over) * (HOURS if price.unit == "hour" else 1)
