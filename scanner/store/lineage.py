"""What a SELECT reads and whether more rows could take an answer back, from DuckDB's own parse tree."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import duckdb

from scanner.errors import RuleError
from scanner.store.connection import lock, sandbox

VOLATILE_COLUMNS = frozenset(
    {"current_date", "current_time", "current_timestamp", "localtimestamp"}
)


@dataclass(frozen=True)
class Lineage:
    """What one SELECT depends on."""

    tables: frozenset[str]
    twice: frozenset[str]
    """Tables read more than once: a row may then depend on other rows of its own type."""
    columns: frozenset[str]
    functions: frozenset[str]
    monotone: bool
    """True where more input rows can only add answers, never take one back."""


@lru_cache(maxsize=1024)
def lineage(sql: str) -> Lineage:
    """The lineage of one SELECT. Raises RuleError where it is not exactly one."""
    connection = _parser()
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        problem = " ".join(str(error).split())[:400]
        raise RuleError(f"not SQL: {problem}", hint="mend the SELECT") from error
    if len(statements) != 1:
        raise RuleError(f"one SELECT is expected, {len(statements)} statements were found")
    if statements[0].type != duckdb.StatementType.SELECT:
        raise RuleError(f"a SELECT is expected, not {statements[0].type.name}")
    row = connection.execute("select json_serialize_sql(?::varchar)", [sql]).fetchone()
    tree = json.loads(row[0]) if row else {"error": True}
    if tree.get("error"):
        raise RuleError(f"not a SELECT that can be read: {tree.get('error_message', '')}")
    nodes = list(_nodes(tree))
    common = {
        entry["key"]
        for node in nodes
        for entry in (node.get("cte_map") or {}).get("map", [])
        if isinstance(entry, dict)
    }
    names = [node["table_name"] for node in nodes if node.get("type") == "BASE_TABLE"]
    names = [name for name in names if name not in common]
    counts = Counter(names)
    return Lineage(
        tables=frozenset(names),
        twice=frozenset(name for name, count in counts.items() if count > 1),
        columns=frozenset(
            node["column_names"][-1] for node in nodes if node.get("type") == "COLUMN_REF"
        ),
        functions=frozenset(
            node["function_name"] for node in nodes if node.get("class") == "FUNCTION"
        )
        | frozenset(
            name
            for node in nodes
            if node.get("type") == "COLUMN_REF"
            for name in node["column_names"]
            if name in VOLATILE_COLUMNS
        )
        | frozenset(node["function_name"] for node in nodes if node.get("class") == "WINDOW"),
        monotone=not any(_takes_back(node) for node in nodes),
    )


@lru_cache(maxsize=1)
def _parser() -> duckdb.DuckDBPyConnection:
    connection = sandbox()
    lock(connection)
    return connection


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _nodes(inner)


def _takes_back(node: dict[str, Any]) -> bool:
    """Whether a node can make an answer depend on a row not being there."""
    if node.get("type") == "JOIN":
        return node.get("join_type") not in ("INNER", "SEMI")
    if node.get("class") in ("SUBQUERY", "WINDOW"):
        return True
    if node.get("type") == "SET_OPERATION_NODE":
        return node.get("setop_type") != "UNION"
    if node.get("class") == "FUNCTION":
        return node.get("function_name") in _aggregates()
    return False


@lru_cache(maxsize=1)
def _aggregates() -> frozenset[str]:
    found = (
        _parser()
        .execute(
            "select distinct function_name from duckdb_functions() where function_type = 'aggregate'"
        )
        .fetchall()
    )
    return frozenset(name for (name,) in found)


@lru_cache(maxsize=1)
def volatile() -> frozenset[str]:
    """Functions and words whose answer is not the same for the same snapshot."""
    found = (
        _parser()
        .execute(
            "select distinct function_name from duckdb_functions()"
            " where stability <> 'CONSISTENT' and function_type in ('scalar', 'table')"
        )
        .fetchall()
    )
    named = {name for (name,) in found} | VOLATILE_COLUMNS
    return frozenset(named | {"now", "today", "get_current_timestamp", "current_date"})
