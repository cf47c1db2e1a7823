"""SELECTs tried on given rows, and values as JSON has them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from scanner.errors import RuleError
from scanner.store.connection import sandbox
from scanner.store.prove import describe, fetch, plain, select_from


def test_columns_and_types_without_running_it() -> None:
    found = describe(
        "select resource, messages_visible, 1 / 0 as boom from aws_sqs_queue", {}, "here"
    )
    assert found == {"resource": "VARCHAR", "messages_visible": "BIGINT", "boom": "DOUBLE"}


def test_a_wrong_column_is_told_with_its_place() -> None:
    with pytest.raises(RuleError, match=r"here: .*messages_visble") as caught:
        describe("select messages_visble from aws_sqs_queue", {}, "here")
    assert "facts.sql" in caught.value.hint


@pytest.mark.parametrize("sql", ["select 1; select 2", "delete from scan", "copy scan to 'x'"])
def test_only_one_select_is_ever_given_to_duckdb(sql: str) -> None:
    with pytest.raises(RuleError):
        describe(sql, {}, "here")


def test_a_described_select_changes_nothing_for_the_next() -> None:
    for _ in range(2):
        with pytest.raises(RuleError):
            describe("select nothing from scan", {}, "here")
        assert describe("select canary from scan", {}, "here") == {"canary": "BIGINT"}


def test_columns_that_are_not_given_are_null() -> None:
    found = select_from(
        {
            "aws_sqs_queue": [
                {"resource": "q", "tags": {"team": "a"}, "seen_at": "2026-11-23T00:00:00Z"}
            ]
        },
        "select resource, name, tags, seen_at, redrive_policy from aws_sqs_queue",
        {},
        "here",
    )
    assert found == [
        {
            "resource": "q",
            "name": None,
            "tags": {"team": "a"},
            "seen_at": "2026-11-23T00:00:00Z",
            "redrive_policy": None,
        }
    ]


@pytest.mark.parametrize(
    ("column", "value", "found"),
    [
        ("messages_visible", 7, 7),
        ("fifo_queue", False, False),
        ("name", "it's", "it's"),
        ("created_at", "2026-11-23 01:02:03", "2026-11-23T01:02:03Z"),
        ("redrive_policy", {"a": [1, None]}, {"a": [1, None]}),
        ("redrive_policy", [], []),
        ("tags", {}, {}),
        ("tags", None, None),
    ],
)
def test_given_values_come_back(column: str, value: Any, found: Any) -> None:
    rows = select_from(
        {"aws_sqs_queue": [{column: value}]}, f"select {column} as x from aws_sqs_queue", {}, "here"
    )
    assert rows == [{"x": found}]


def test_sql_that_fails_on_the_rows_is_told() -> None:
    with pytest.raises(RuleError, match=r"here: .*told"):
        select_from({"scan": [{"canary": 1}]}, "select error('told') from scan", {}, "here")


def test_rows_of_a_table_that_is_not_read_are_taken_all_the_same() -> None:
    assert select_from({"owners": [{"resource": "x"}]}, "select 1 as one", {}, "here") == [
        {"one": 1}
    ]


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (datetime(2026, 11, 23, 1, 2, 3), "TIMESTAMP", "2026-11-23T01:02:03Z"),
        (date(2026, 11, 23), "DATE", "2026-11-23"),
        (Decimal("7"), "DECIMAL", 7),
        (Decimal("7.5"), "DECIMAL", 7.5),
        ('{"a": 1}', "JSON", {"a": 1}),
        ('{"a": 1}', "VARCHAR", '{"a": 1}'),
        ([date(2026, 1, 1), None], "DATE[]", ["2026-01-01", None]),
        ({"a": Decimal("1")}, "STRUCT", {"a": 1}),
        (b"x", "BLOB", "b'x'"),
        (None, "JSON", None),
        (True, "BOOLEAN", True),
    ],
)
def test_values_are_what_json_has(value: Any, kind: str, shown: Any) -> None:
    assert plain(value, kind) == shown
    assert type(plain(value, kind)) is type(shown)


def test_at_most_as_many_rows_as_are_wanted() -> None:
    with sandbox() as connection:
        assert len(fetch(connection, "select x from range(10) as t(x)", {}, 3)) == 3
        assert len(fetch(connection, "select x from range(10) as t(x)", {})) == 10
