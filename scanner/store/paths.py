"""Who can become whom: fills the tables `administrators`, `wildcards` and `paths` of a snapshot from
`grants`, `statements` and `trusts`, in steps that are SQL (paths.sql). What the patterns of policies
stand for comes with the call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from scanner.store.connection import Connection

STEPS = Path(__file__).with_name("paths.sql")
INPUTS: Mapping[str, Mapping[str, str]] = {
    "in_action": {"action": "VARCHAR", "kind": "VARCHAR"},
    "in_pattern": {"pattern": "VARCHAR", "action": "VARCHAR"},
    "in_entity": {
        "entity": "VARCHAR", "kind": "VARCHAR", "account": "VARCHAR", "profile": "BOOLEAN",
        "versions": "BIGINT", "own": "BOOLEAN",
    },
    "in_wide": {
        "target": "VARCHAR", "kind": "VARCHAR", "account": "VARCHAR", "conditional": "BOOLEAN",
    },
    "in_hit": {"target": "VARCHAR", "entity": "VARCHAR", "conditional": "BOOLEAN"},
    "in_own": {"target": "VARCHAR"},
    "in_carrier": {"method": "VARCHAR", "role": "VARCHAR", "carrier": "VARCHAR"},
    "in_carrier_hit": {"target": "VARCHAR", "carrier": "VARCHAR"},
    "in_method": {
        "method": "VARCHAR", "way": "VARCHAR", "first": "VARCHAR", "others": "VARCHAR[]",
        "kind": "VARCHAR", "service": "VARCHAR", "profile": "BOOLEAN", "weak": "VARCHAR",
        "says": "VARCHAR", "names": "VARCHAR[]",
    },
}  # fmt: skip
LONGEST = 50
"""Steps of a path that are followed."""


@lru_cache(maxsize=1)
def blocks() -> Mapping[str, Sequence[str]]:
    """The named steps and the statements of each."""
    found: dict[str, Sequence[str]] = {}
    for part in STEPS.read_text(encoding="utf-8").split("-- name: ")[1:]:
        name, _, text = part.partition("\n")
        found[name.strip()] = [one.strip() for one in text.split(";\n") if one.strip()]
    return found


def find_paths(writer: Any, inputs: Mapping[str, Sequence[Mapping[str, Any]]], now: str) -> None:
    """Compute the tables. `inputs` are rows for `INPUTS`; `now` is the moment that rules judge by."""
    for name, columns in INPUTS.items():
        writer.scratch(name, columns, inputs[name.removeprefix("in_")])
    connection: Connection = writer.connection()
    moment = now.replace("T", " ").replace("Z", "")

    def run(name: str, **values: Any) -> None:
        for statement in blocks()[name]:
            wanted = {key: value for key, value in values.items() if f"${key}" in statement}
            connection.execute(statement, wanted or None)

    for name in ("tables", "entities", "statements", "held", "powers", "methods"):
        run(name, now=moment)
    for name in ("administrators", "wildcards", "start"):
        run(name)
    for most in (0, 1):  # first what surely is, then what may be
        run("own")
        connection.execute(
            "insert into front select e.eid, e.entity, e.kind, e.account, e.profile "
            "from e join reached on reached.pid = e.eid where reached.rank <= ?", [most],
        )  # fmt: skip
        for _ in range(LONGEST):
            run("front", most=most)
            run("step", most=most)
            run("take", most=most)
            left = connection.execute("select count(*) from front").fetchone()
            if left == (0,):
                break
    run("latent")
    run("paths")
    temporary = connection.execute(
        "select table_name from duckdb_tables() where temporary"
    ).fetchall()
    for (name,) in temporary:
        connection.execute(f"drop table {name}")
