"""What a SELECT reads and whether more rows could take an answer back, from DuckDB's own parse tree."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import duckdb
import msgspec

from scanner.errors import RuleError
from scanner.store.connection import lock, sandbox

VOLATILE_COLUMNS = frozenset(
    {"current_date", "current_time", "current_timestamp", "localtimestamp"}
)
ORDERED = frozenset(
    {"list", "array_agg", "string_agg", "group_concat", "listagg", "first", "last", "any_value",
     "arbitrary"}
)  # fmt: skip
"""Aggregates whose answer follows the order of the rows, which without an order by is chance."""
PLAIN = frozenset({"", "unnest()", "range()", "generate_series()"})
"""Table functions that make rows of their arguments alone; `` stands for none."""
ONE = "write one SELECT and nothing else"
LIMITS = frozenset({"LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER"})


@dataclass(frozen=True)
class Lineage:
    """What one SELECT depends on."""

    tables: frozenset[str]
    common: frozenset[str]
    """Names that its WITH makes."""
    twice: frozenset[str]
    """Tables read more than once: a row may then depend on other rows of its own type."""
    columns: frozenset[str]
    params: frozenset[str]
    """Names behind a $."""
    functions: frozenset[str]
    chance: frozenset[str]
    """What in it may give another answer over the same rows, in words."""
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
        raise RuleError(
            f"one SELECT is expected, {len(statements)} statements were found", hint=ONE
        )
    if statements[0].type != duckdb.StatementType.SELECT:
        raise RuleError(f"a SELECT is expected, not {statements[0].type.name}", hint=ONE)
    row = connection.execute("select json_serialize_sql(?::varchar)", [sql]).fetchone()
    tree = msgspec.json.decode(row[0]) if row else {"error": True}
    if tree.get("error"):
        raise RuleError(f"not a SELECT that can be read: {tree.get('error_message', '')}", hint=ONE)
    nodes = _nodes(tree)
    common = {
        entry["key"]
        for node in nodes
        for entry in (node.get("cte_map") or {}).get("map", [])
        if isinstance(entry, dict)
    }
    counts = Counter(
        [node["table_name"] for node in nodes if node.get("type") == "BASE_TABLE"]
        # query('...') and its like read what no parse tree shows: no table has such a name
        + [name for node in nodes if (name := _table_function(node)) not in PLAIN]
    )
    tables = frozenset(counts) - common
    # DuckDB's parser makes list_sort(list(x)) of list(x order by x)
    in_order = {
        id(child)
        for node in nodes
        if node.get("function_name") in ("list_sort", "list_reverse_sort")
        # in DuckDB 2.0 they are `arguments`, each with an expression
        for child in node.get("children") or [a["expression"] for a in node["arguments"]]
    }
    # what is read through a name of the WITH that stands in two places is read twice
    again = any(counts[name] > 1 for name in common)
    return Lineage(
        tables=tables,
        common=frozenset(common),
        twice=frozenset(name for name in tables if again or counts[name] > 1),
        columns=frozenset(
            node["column_names"][-1] for node in nodes if node.get("type") == "COLUMN_REF"
        ),
        params=frozenset(node["identifier"] for node in nodes if node.get("class") == "PARAMETER"),
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
        chance=frozenset(words for node in nodes if (words := _by_chance(node, in_order))),
        monotone=not any(_takes_back(node) for node in nodes),
    )


@lru_cache(maxsize=1)
def _parser() -> duckdb.DuckDBPyConnection:
    connection = sandbox()
    lock(connection)
    return connection


def _nodes(tree: Any) -> list[dict[str, Any]]:
    """Every object of a parse tree."""
    found, left = [], [tree]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            found.append(value)
            left += value.values()
        elif isinstance(value, list):
            left += value
    return found


def _table_function(node: dict[str, Any]) -> str:
    """`name()` of a table function, or ``."""
    if node.get("type") != "TABLE_FUNCTION":
        return ""
    return f"{(node.get('function') or {}).get('function_name', '')}()"


def _by_chance(node: dict[str, Any], in_order: set[int]) -> str:
    """What in a node depends on the order in which rows happen to come, in words, or ``."""
    if node.get("sample"):
        return "a sample"
    if node.get("ref_type") == "POSITIONAL":
        return "a positional join"
    name = node.get("function_name", "")
    aggregates = node.get("class") == "FUNCTION" and name in ORDERED and id(node) not in in_order
    if aggregates and not (node.get("order_bys") or {}).get("orders"):
        return f"{name}() without an order by inside"
    modifiers = {part.get("type"): part for part in node.get("modifiers") or []}
    if "ORDER_MODIFIER" not in modifiers:
        if (modifiers.get("DISTINCT_MODIFIER") or {}).get("distinct_on_targets"):
            return "distinct on without an order by"
        if modifiers.keys() & LIMITS:
            return "limit without an order by"
    return ""


def _takes_back(node: dict[str, Any]) -> bool:
    """Whether a node can make an answer depend on a row not being there."""
    if str(node.get("type")) in LIMITS or node.get("sample"):
        return True
    if node.get("type") == "JOIN":
        # an ASOF join takes the nearest row, and a nearer one may come
        plain = node.get("ref_type") in ("REGULAR", "CROSS", "NATURAL")
        return not plain or node.get("join_type") not in ("INNER", "SEMI")
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
            # of moments with a zone some follow the session's (DuckDB 2.0.1), and ours is UTC
            " and not regexp_matches(cast(parameter_types as varchar), 'TIME ZONE|TIMESTAMPTZ')"
        )
        .fetchall()
    )
    named = {name for (name,) in found} | VOLATILE_COLUMNS
    return frozenset(named | {"age", "now", "today", "get_current_timestamp", "current_date"})
