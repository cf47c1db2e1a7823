"""Declared beside actual shows the lines that differ and only those."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.tell.difference import CELL, ROWS, difference


def rows(declared: Any, actual: Any, attribute: str = "x") -> list[tuple[str, Any, Any]]:
    found = difference(attribute, declared, actual)
    return [(row.path, row.declared, row.actual) for row in found.rows]


@pytest.mark.parametrize(
    ("declared", "actual", "shown"),
    [
        (512, 2048, [("x", "512", "2048")]),
        (True, False, [("x", "true", "false")]),
        ("a", "b", [("x", "a", "b")]),
        ("", "b", [("x", '""', "b")]),
        (None, "b", [("x", "null", "b")]),
        (1, True, [("x", "1", "true")]),
        ("1", 1, [("x", "1", "1")]),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, [("x.b", "2", "3")]),
        ({"a": 1}, {"b": 1}, [("x.a", "1", None), ("x.b", None, "1")]),
        (["a", "b"], ["b", "c"], [("x[]", "a", None), ("x[]", None, "c")]),
        (["a", "b"], ["b", "a"], [("x[] (order)", '["a","b"]', '["b","a"]')]),
        (["a", "a"], ["a"], [("x[]", "a", None)]),
        ([{"p": 22}], [{"p": 22}, {"p": 80}], [("x[]", None, '{"p":80}')]),
        ([{"p": 22, "c": "a"}], [{"p": 22, "c": "b"}], [("x[].c", "a", "b")]),
        (
            [{"p": 1}, {"p": 2}, {"p": 3}],
            [{"p": 3}, {"p": 4}, {"p": 5}],
            [("x[0].p", "1", "4"), ("x[1].p", "2", "5")],
        ),
        ("a\nb\nc", "a\nB\nc", [("x line 2", "b", "B")]),
        ("a\nc", "a\nb\nc", [("x line 2", None, "b")]),
    ],
)
def test_lines(declared: Any, actual: Any, shown: list[tuple[str, Any, Any]]) -> None:
    assert rows(declared, actual) == shown


def test_a_policy_kept_as_text_is_taken_apart() -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "a"}
    declared = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    actual = json.dumps(
        {"Statement": [{**statement, "Principal": "*"}], "Version": "2012-10-17"}, indent=2
    )
    assert rows(declared, actual, "policy") == [
        ("policy.Statement[].Principal", '{"Service":"sns.amazonaws.com"}', "*")
    ]


def test_equal_values_are_shown_and_not_hidden() -> None:
    assert rows("{}", "{ }") == [("x", "{}", "{ }")]


def test_what_is_long_is_counted() -> None:
    many = difference("x", {}, {str(n): n for n in range(ROWS + 30)})
    assert len(many.rows) == ROWS
    assert many.more == 30
    assert len(rows("a" * 10 * CELL, "b")[0][1]) < CELL + 100
    assert len(rows("a\n" * 5000, "b\n" * 5000)) == 1


def test_broken_or_deep_json_is_text() -> None:
    deep = "[" * 100_000
    assert rows(deep, "x")[0][2] == "x"
    assert rows("{broken", "{brok")[0] == ("x", "{broken", "{brok")
    nested: Any = []
    for _ in range(60):
        nested = [nested]
    assert rows(nested, [])


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=10,
)


@given(VALUES, VALUES)
@settings(deadline=None)
def test_there_is_always_something_to_see(declared: Any, actual: Any) -> None:
    found = difference("x", declared, actual)
    assert found.rows
    assert all(row.path.startswith("x") for row in found.rows)
    mirrored = difference("x", actual, declared)
    assert len(mirrored.rows) == len(found.rows)
