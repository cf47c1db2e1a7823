"""Of whom to ask IAM when they last used what they may, and what its answers say of their grants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.store.blocks import blocks

SQL = Path(__file__).with_name("uses.sql")


@dataclass(frozen=True, slots=True)
class Principal:
    """A user or role whose use is worth knowing."""

    resource: str
    arn: str
    account: str


def mattering(writer: Any, most: int) -> list[Principal]:
    """Whom to ask first when they last used what they may; so many at most."""
    if not most:
        return []
    (asked,) = blocks(SQL)["mattering"]
    return [Principal(*row) for row in writer.connection().execute(asked, [most]).fetchall()]


def insert_uses(
    writer: Any,
    uses: Sequence[Any],
    standing: Callable[[Sequence[str]], Iterable[Mapping[str, Any]]],
) -> None:
    """Fill `service_uses` and `grant_uses`. `standing` says of resources since when each is as it is."""
    if not uses:
        return
    writer.insert("service_uses", uses)
    connection = writer.connection()
    (held,), (used,) = blocks(SQL)["held"], blocks(SQL)["used"]
    found = {name for row in connection.execute(held).fetchall() for name in row}
    writer.scratch(
        "standing", {"resource": "VARCHAR", "since": "TIMESTAMP"}, standing(sorted(found))
    )
    connection.execute(used)
    connection.execute("drop table standing")
