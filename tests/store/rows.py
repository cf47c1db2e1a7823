"""Rows of the snapshot's tables, and a process that writes snapshots until it is killed."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

from scanner.store.relations import tables
from scanner.store.snapshot import Writer, new_id

NOW = "2026-11-23T00:00:00Z"


def row(table: str, number: int = 0, **values: Any) -> dict[str, Any]:
    """A row of a table with a value in every column; further values replace them."""
    made = {name: _value(name, kind, number) for name, kind in tables()[table].items()}
    return {**made, **values}


def _value(name: str, kind: str, number: int) -> Any:
    if kind == "BIGINT":
        return number
    if kind == "DOUBLE":
        return float(number)
    if kind == "BOOLEAN":
        return number % 2 == 0
    if kind == "TIMESTAMP":
        return NOW
    if kind == "VARCHAR[]":
        return [f"{name}{number}"]
    if kind.startswith("MAP"):
        return '{"team": "payments"}'
    if name == "hash":
        return None  # what a snapshot that is older says
    return "{}" if name in ("attributes", "document", "evidence") else f"{name}-{number}"


def resources(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [
        row("resources", n, resource=f"arn:{n}", type="aws_sqs_queue")
        for n in range(start, start + count)
    ]


def write_for_ever(store: Path) -> None:
    """Publish snapshot after snapshot, each with as many resources as its scan row says."""
    chance = random.Random()
    print("ready", flush=True)
    while True:
        count = chance.randrange(1, 3000)
        with Writer(store, new_id()) as writer:
            writer.insert("scan", [row("scan", canary=count)])
            writer.insert("resources", resources(count))
            writer.publish()


if __name__ == "__main__":
    write_for_ever(Path(sys.argv[1]))
