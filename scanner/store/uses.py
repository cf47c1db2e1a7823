"""Of whom to ask IAM when they last used what they may, and what its answers say of their grants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TEXT = Path(__file__).with_name("uses.sql").read_text(encoding="utf-8")
BLOCKS = dict(part.split("\n", 1) for part in _TEXT.split("-- name: ")[1:])


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
    rows = writer.connection().execute(BLOCKS["mattering"], [most]).fetchall()
    return [Principal(*row) for row in rows]


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
    found = {name for row in connection.execute(BLOCKS["held"]).fetchall() for name in row}
    writer.scratch(
        "standing", {"resource": "VARCHAR", "since": "TIMESTAMP"}, standing(sorted(found))
    )
    connection.execute(BLOCKS["used"])
    connection.execute("drop table standing")
