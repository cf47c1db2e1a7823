"""The tables and views of a snapshot are what relations() says they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.catalog import load
from scanner.catalog.kinds import dumps
from scanner.store.connection import Connection, sandbox, writer
from scanner.store.relations import COMMON, as_tables, ddl, relations, tables, type_columns, view
from scanner.store.snapshot import Writer

from .rows import row

TYPES = load()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A published snapshot of nothing, opened to be read."""
    with Writer(tmp_path_factory.mktemp("store"), "a") as made:
        path = made.publish()
    with sandbox(path) as connection:
        yield connection


@pytest.fixture(scope="module")
def tables_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A database with the tables of facts.sql, and nothing else."""
    with writer(tmp_path_factory.mktemp("tables") / "x.duckdb") as connection:
        connection.execute(ddl())
        yield connection


@pytest.mark.parametrize("table", tables())
def test_a_table_is_what_facts_sql_says_to_us_and_to_duckdb(
    table: str, tables_alone: Connection
) -> None:
    rows = tables_alone.execute(f"describe {table}").fetchall()
    assert {r[0]: r[1].replace(", ", ",") for r in rows} == {
        name: kind.replace(", ", ",") for name, kind in tables()[table].items()
    }


def test_every_table_of_facts_sql_is_parsed(tables_alone: Connection) -> None:
    found = tables_alone.execute("select table_name from duckdb_tables()").fetchall()
    assert {row[0] for row in found} == set(tables())


@pytest.mark.parametrize("name", TYPES)
def test_a_view_has_the_columns_it_should(name: str, empty: Connection) -> None:
    rows = empty.execute(f"describe select * from {name}").fetchall()
    found = {column: kind.replace(", ", ",") for column, kind, *_ in rows}
    wanted = {c: kind.replace(", ", ",") for c, kind in relations()[name].items()}
    assert found == wanted
    assert list(found)[: len(COMMON)] == list(COMMON)
    for attribute in TYPES[name].kept:
        assert attribute in found


def test_nothing_else_is_a_relation() -> None:
    assert set(relations()) == set(tables()) | set(TYPES)


def test_relations_can_be_made_as_plain_tables() -> None:
    with sandbox() as connection:
        for statement in as_tables(frozenset(relations())):
            connection.execute(statement)
        for name in ("resources", "aws_sqs_queue"):
            rows = connection.execute(f"describe {name}").fetchall()
            assert [r[0] for r in rows] == list(relations()[name])


def test_an_attribute_never_hides_what_every_resource_has() -> None:
    for kind in TYPES.values():
        columns = type_columns(kind)
        for name in COMMON:
            assert columns[name] == tables()["resources"][name]


VALUES = {
    "messages_visible": 7,
    "fifo_queue": True,
    "kms_master_key_id": "key",
    "redrive_policy": {"deadLetterTargetArn": "d", "maxReceiveCount": 5},
}


def test_values_come_through_a_view_with_their_types(tmp_path: Path) -> None:
    made = [
        row("resources", 1, resource="a", type="aws_sqs_queue", attributes=dumps(VALUES)),
        row("resources", 2, resource="b", type="aws_sqs_queue", attributes="{}"),
        row("resources", 3, resource="c", type="aws_sns_topic", attributes="{}"),
    ]
    with Writer(tmp_path, "a") as written:
        written.insert("resources", made)
        path = written.publish()
    with sandbox(path) as connection:
        found = connection.execute(
            "select resource, messages_visible, fifo_queue, kms_master_key_id,"
            " json_extract_string(redrive_policy, '$.deadLetterTargetArn'), tags['team']"
            " from aws_sqs_queue order by resource"
        ).fetchall()
    assert found == [
        ("a", 7, True, "key", "d", "payments"),
        ("b", None, None, None, None, "payments"),
    ]


def test_a_value_that_is_not_of_its_kind_is_null_and_no_error(tmp_path: Path) -> None:
    wrong = {"messages_visible": "many", "fifo_queue": {"a": 1}, "kms_master_key_id": ["x"]}
    with Writer(tmp_path, "a") as written:
        written.insert(
            "resources", [row("resources", 1, type="aws_sqs_queue", attributes=dumps(wrong))]
        )
        path = written.publish()
    with sandbox(path) as connection:
        found = connection.execute(
            "select messages_visible, fifo_queue from aws_sqs_queue"
        ).fetchall()
    assert found == [(None, None)]


def test_a_view_is_a_view_of_one_type() -> None:
    text = view(TYPES["aws_sqs_queue"])
    assert text.startswith("create view aws_sqs_queue")
    assert "type = 'aws_sqs_queue'" in text
