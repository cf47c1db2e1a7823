"""Proves and tries SELECTs on empty or given tables, shut in like the real run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from scanner.errors import RuleError
from scanner.store.connection import Connection, Error, lock, sandbox
from scanner.store.lineage import lineage
from scanner.store.relations import as_tables, relations


@lru_cache(maxsize=1)
def relation_names() -> frozenset[str]:
    """Every name a rule may read from."""
    return frozenset(relations())


class _Empty:
    """A shut-in connection in which the relations that were asked for are there, and empty."""

    def __init__(self) -> None:
        self._connection = sandbox()
        lock(self._connection)
        self._made: set[str] = set()

    def holding(self, names: Iterable[str]) -> Connection:
        """A cursor that sees these relations."""
        lacking = relation_names().intersection(names) - self._made
        for statement in as_tables(lacking):
            self._connection.execute(statement)
        self._made |= lacking
        return self._connection.cursor()


_empty = lru_cache(maxsize=1)(_Empty)


def describe(sql: str, params: Mapping[str, Any], where: str) -> Mapping[str, str]:
    """The columns a SELECT returns and their types, without running it. Raises RuleError."""
    # one SELECT and nothing else, before any of it is given to DuckDB
    names = lineage(sql).tables
    with _empty().holding(names) as connection:
        try:
            rows = connection.execute(f"describe {sql}", params or None).fetchall()
        except Error as error:
            raise RuleError(
                f"{where}: {_first_lines(error)}", hint="the names are those of schema/facts.sql"
            ) from error
    return {row[0]: row[1] for row in rows}


def select_from(
    given: Mapping[str, Sequence[Mapping[str, Any]]],
    sql: str,
    params: Mapping[str, Any],
    where: str,
) -> list[dict[str, Any]]:
    """The rows a SELECT returns over the given rows; a column that is not given is null.

    Raises RuleError for a table or column that does not exist, and for SQL that fails.
    """
    known = relations()
    names = lineage(sql).tables & relation_names()
    for table, rows in given.items():
        if table not in known:
            raise RuleError(f"{where}: there is no table {table}", hint="see schema/facts.sql")
        for row in rows:
            for column in row:
                if column not in known[table]:
                    raise RuleError(f"{where}: {table} has no column {column}", hint="see its type")
    with sandbox() as connection:
        for statement in as_tables(frozenset(names | given.keys())):
            connection.execute(statement)
        for table, rows in given.items():
            for row in rows:
                _insert(connection, table, known[table], row, where)
        lock(connection)
        try:
            return fetch(connection, sql, params)
        except Error as error:
            raise RuleError(f"{where}: {_first_lines(error)}") from error


def _insert(
    connection: Connection,
    table: str,
    columns: Mapping[str, str],
    row: Mapping[str, Any],
    where: str,
) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    casts = ", ".join(_literal_cast(columns[name]) for name in row)
    values = [_literal(columns[name], value) for name, value in row.items()]
    try:
        connection.execute(f"insert into {table} ({names}) select {casts}", values)
    except Error as error:
        raise RuleError(f"{where}: a row of {table}: {_first_lines(error)}") from error


def _literal_cast(kind: str) -> str:
    if kind == "JSON" or kind.startswith("MAP") or kind.endswith("[]"):
        return f"cast(cast(? as json) as {kind})"
    if kind == "TIMESTAMP":
        return "cast(replace(replace(?, 'T', ' '), 'Z', '') as timestamp)"
    return f"cast(? as {kind})"


def _literal(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "JSON" or kind.startswith("MAP") or kind.endswith("[]"):
        return json.dumps(value, default=str)
    return str(value) if kind == "TIMESTAMP" else value


def fetch(
    connection: Connection, sql: str, params: Mapping[str, Any], most: int | None = None
) -> list[dict[str, Any]]:
    """The rows of a SELECT as plain JSON values, at most `most` of them."""
    cursor = connection.execute(sql, dict(params) or None)
    names = [column[0] for column in cursor.description or []]
    kinds = [str(column[1]) for column in cursor.description or []]
    rows = cursor.fetchall() if most is None else cursor.fetchmany(most)
    return [
        {name: plain(value, kind) for name, kind, value in zip(names, kinds, row, strict=True)}
        for row in rows
    ]


def plain(value: Any, kind: str = "") -> Any:
    """A DuckDB value as JSON has it: times as UTC text, decimals as numbers, JSON parsed."""
    if kind == "JSON" and isinstance(value, str):
        return json.loads(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _first_lines(error: Exception) -> str:
    return " ".join(str(error).split())[:400]
