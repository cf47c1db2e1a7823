"""Who can become whom: fills the tables `administrators`, `wildcards` and `paths` of a snapshot from
`grants`, `statements` and `trusts`, in steps that are SQL (paths.sql). What the patterns of policies
stand for comes with the call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scanner.store.blocks import blocks
from scanner.store.connection import Connection, timestamp

STEPS = Path(__file__).with_name("paths.sql")
INPUTS: Mapping[str, Mapping[str, str]] = {
    "in_action": {"action": "VARCHAR", "kind": "VARCHAR"},
    "in_pattern": {"pattern": "VARCHAR", "action": "VARCHAR"},
    "in_entity": {
        "entity": "VARCHAR", "kind": "VARCHAR", "account": "VARCHAR", "profile": "BOOLEAN",
        "own": "BOOLEAN", "reverts": "VARCHAR",
    },
    "in_wide": {
        "target": "VARCHAR", "kind": "VARCHAR", "account": "VARCHAR", "conditional": "BOOLEAN",
    },
    "in_hit": {"target": "VARCHAR", "entity": "VARCHAR", "conditional": "BOOLEAN"},
    "in_own": {"target": "VARCHAR"},
    "in_carrier": {"method": "VARCHAR", "role": "VARCHAR", "carrier": "VARCHAR"},
    "in_carrier_hit": {"target": "VARCHAR", "carrier": "VARCHAR"},
    "in_unseen": {"method": "VARCHAR", "account": "VARCHAR"},
    "in_named": {"target": "VARCHAR", "method": "VARCHAR", "account": "VARCHAR"},
    "in_member": {"member": "VARCHAR", "club": "VARCHAR"},
    "in_method": {
        "method": "VARCHAR", "way": "VARCHAR", "first": "VARCHAR", "others": "VARCHAR[]",
        "kind": "VARCHAR", "service": "VARCHAR", "profile": "BOOLEAN", "weak": "VARCHAR",
        "says": "VARCHAR", "names": "VARCHAR[]",
    },
}  # fmt: skip
LONGEST = 50
"""Steps of a path that are followed."""


def expand(writer: Any, inputs: Mapping[str, Sequence[Mapping[str, Any]]], now: str) -> None:
    """What the statements stand for, and who holds them. `now` is the moment that rules judge by.

    `inputs` are rows for `INPUTS`.
    """
    for name, columns in INPUTS.items():
        writer.scratch(name, columns, inputs[name.removeprefix("in_")])
    connection: Connection = writer.connection()
    for name in ("tables", "entities", "statements", "held"):
        _run(connection, name, now=timestamp(now))


def find_paths(writer: Any, now: str) -> None:
    """Fill the three tables, of what `expand` has laid out."""
    connection: Connection = writer.connection()
    _run(connection, "powers")
    for name in ("methods", "administrators", "wildcards", "start"):
        _run(connection, name, now=timestamp(now))
    for most in (0, 1):  # first what surely is, then what may be
        _run(connection, "own")
        _run(connection, "again", most=most)
        for _ in range(LONGEST):
            _run(connection, "front", most=most)
            _run(connection, "step", most=most)
            _run(connection, "take", most=most)
            if connection.execute("select count(*) from front").fetchone() == (0,):
                break
    _run(connection, "latent")
    _run(connection, "paths")
    temporary = connection.execute("select table_name from duckdb_tables() where temporary")
    for (name,) in temporary.fetchall():
        connection.execute(f"drop table {name}")


def _run(connection: Connection, step: str, **values: Any) -> None:
    for statement in blocks(STEPS)[step]:
        wanted = {name: value for name, value in values.items() if f"${name}" in statement}
        connection.execute(statement, wanted or None)
