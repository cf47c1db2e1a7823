"""The names a rule may read: the tables of schema/facts.sql and a view a resource type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from scanner.catalog import ResourceType, load
from scanner.catalog.kinds import SQL_TYPES

SCHEMA = Path(__file__).with_name("schema") / "facts.sql"
COMMON = (
    "resource", "type", "id", "name", "arn", "account", "region", "tags", "created_at", "seen_at",
    "origin", "part", "class", "address", "parent", "monthly_cost",
)  # fmt: skip

_TABLE = re.compile(r"create table (\w+) \((.*?)^\);", re.DOTALL | re.MULTILINE)
_COLUMN = re.compile(r"^\s{4}(\w+) ([\w\[\]]+(?:\([^)]*\))?)", re.MULTILINE)


def ddl() -> str:
    """The statements that make the tables."""
    return SCHEMA.read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def tables() -> Mapping[str, Mapping[str, str]]:
    """Each table's columns and their SQL types, as schema/facts.sql says."""
    return {
        name: {column: kind.upper() for column, kind in _COLUMN.findall(body)}
        for name, body in _TABLE.findall(ddl())
    }


def type_columns(kind: ResourceType) -> Mapping[str, str]:
    """The columns of a type's view and their SQL types."""
    common = {name: tables()["resources"][name] for name in COMMON}
    own = {name: SQL_TYPES.get(a.kind, "JSON") for name, a in kind.kept.items()}
    # an attribute never hides what every resource has (`name`, `tags`, ...)
    return {**common, **{name: type_ for name, type_ in own.items() if name not in common}}


@lru_cache(maxsize=1)
def relations() -> Mapping[str, Mapping[str, str]]:
    """Every relation a rule may read, with its columns and their SQL types."""
    return {**tables(), **{name: type_columns(kind) for name, kind in load().items()}}


def view(kind: ResourceType) -> str:
    """The statement that makes a type's view over `resources`."""
    columns = []
    for name, type_ in type_columns(kind).items():
        scalar = type_ in ("VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "TIMESTAMP")
        extract = "json_extract_string" if scalar else "json_extract"
        found = f"{extract}(attributes, '$.{name}')"
        # JSON's null is a value of its own to DuckDB; to a rule it is nothing
        found = found if scalar else f"nullif(cast({found} as varchar), 'null')"
        found = found if scalar or type_ == "JSON" else f"cast({found} as json)"
        value = f'try_cast({found} as {type_}) as "{name}"'
        columns.append(f'"{name}"' if name in COMMON else value)
    listed = ",\n    ".join(columns)
    return f"create view {kind.type} as select\n    {listed}\nfrom resources where type = '{kind.type}'"


def as_tables(names: frozenset[str]) -> list[str]:
    """The given relations as plain tables, for proving a rule and running its cases."""
    made = []
    for name in sorted(names):
        columns = ", ".join(f'"{column}" {kind}' for column, kind in relations()[name].items())
        made.append(f"create table {name} ({columns})")
    return made
