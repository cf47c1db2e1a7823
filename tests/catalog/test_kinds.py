"""The closed set of kinds: one form for a value, whoever wrote it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.catalog.kinds import KINDS, SQL_TYPES, bare, canonical, dumps, same

TEXTS = st.text(max_size=12)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(TEXTS, TREES, max_size=3) | st.lists(TREES, max_size=3)
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1))
NAMES = st.text("abz/:.-", max_size=12)
OF_KIND: dict[str, st.SearchStrategy[Any]] = {
    "str": SCALARS,
    "int": st.none() | st.integers() | st.integers().map(str) | st.just(""),
    "float": st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(),
    "bool": st.none() | st.booleans() | st.sampled_from(["Enabled", "Disabled", "true", "", "OFF"]),
    "set": st.none() | TEXTS | st.lists(SCALARS, max_size=4),
    "list": st.none() | TEXTS | st.lists(SCALARS, max_size=4),
    "map": st.none() | st.dictionaries(TEXTS, SCALARS, max_size=4),
    "json": DOCUMENTS | DOCUMENTS.map(json.dumps),
    "time": MOMENTS.map(lambda m: m.replace(tzinfo=UTC))
    | MOMENTS.map(str)
    | st.integers(1, 10**13),
    "lower": NAMES,
    "arn_or_name": NAMES,
    "arns_or_names": st.lists(NAMES, max_size=4),
    "protocol": st.sampled_from(["tcp", "TCP", "6", 6, "-1", -1, "all", "ICMPV6", "58", "", None]),
    "raw": TREES,
}


def test_every_kind_is_tested_here_or_as_a_policy() -> None:
    assert set(OF_KIND) | {"policy"} == set(KINDS)


@pytest.mark.parametrize("kind", OF_KIND)
def test_the_canonical_form_is_its_own_canonical_form(kind: str) -> None:
    @settings(max_examples=60, deadline=None)
    @given(OF_KIND[kind])
    def law(value: Any) -> None:
        once = canonical(kind, value)
        assert canonical(kind, once) == once

    law()


@settings(max_examples=150, deadline=None)
@given(TREES, TREES, TREES)
def test_same_is_an_equivalence(one: Any, two: Any, three: Any) -> None:
    assert same(one, one)
    assert same(one, two) == same(two, one)
    if same(one, two) and same(two, three):
        assert same(one, three)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([None, "", [], {}, 0, False, 0.0, [None, ""], {"a": []}]), TREES)
def test_everything_empty_is_the_same_and_nothing_else_is(empty: Any, tree: Any) -> None:
    assert bare(empty) is None
    assert same(empty, None)
    assert same(tree, empty) == (bare(tree) is None)
    assert same({"a": tree, "b": empty}, {"a": tree})


@settings(max_examples=100, deadline=None)
@given(DOCUMENTS)
def test_equal_values_have_equal_texts(document: Any) -> None:
    other = json.loads(json.dumps(document, sort_keys=True))
    if other == document:
        assert dumps(canonical("json", document)) == dumps(canonical("json", json.dumps(other)))


@pytest.mark.parametrize(
    ("kind", "aws", "terraform"),
    [
        ("str", 5, "5"),
        ("str", 5.0, "5"),
        ("str", True, "true"),
        ("str", None, ""),
        ("int", "30", 30),
        ("int", 30.0, 30),
        ("float", 1, "1.0"),
        ("bool", "Enabled", True),
        ("bool", "Suspended", False),
        ("bool", "true", True),
        ("set", ["b", "a", "b"], ["a", "b"]),
        ("set", "a", ["a"]),
        ("set", [1, 2], ["2", "1"]),
        ("map", {"a": 1}, {"a": "1"}),
        ("map", {}, None),
        ("json", '{"a": [1.0]}', {"a": [1]}),
        ("json", "%7B%22a%22%3A1%7D", {"a": 1}),
        ("time", 1700000000, "2023-11-14T22:13:20Z"),
        ("time", "1700000000123", "2023-11-14T22:13:20Z"),
        ("time", "2023-11-14T23:13:20+01:00", 1700000000),
        ("lower", "Example.COM.", "example.com"),
        ("arn_or_name", "arn:aws:kms:eu-west-1:123456789012:key/k-1", "k-1"),
        ("arn_or_name", "alias/a", "a"),
        ("arn_or_name", "arn:aws:sns:eu-west-1:123456789012:topic", "topic"),
        ("arns_or_names", ["arn:aws:iam::123456789012:role/b", "a"], ["a", "b"]),
        ("protocol", "6", "TCP"),
        ("protocol", -1, "all"),
    ],
)
def test_what_aws_says_is_what_terraform_says(kind: str, aws: Any, terraform: Any) -> None:
    assert canonical(kind, aws) == canonical(kind, terraform)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("str", "a", "A"),
        ("int", 2**53, 2**53 + 1),
        ("set", ["a"], ["a", "b"]),
        ("list", ["a", "b"], ["b", "a"]),
        ("list", ["a"], ["a", "a"]),
        ("map", {"a": "1"}, {"a": "2"}),
        ("json", '{"a": [1, 2]}', '{"a": [2, 1]}'),
        ("time", 1700000000, 1700000001),
        ("arn_or_name", "key/a", "key/b"),
    ],
)
def test_what_differs_stays_different(kind: str, one: Any, other: Any) -> None:
    assert not same(canonical(kind, one), canonical(kind, other))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("int", "many"),
        ("int", float("nan")),
        ("int", float("inf")),
        ("int", "1" + "0" * 400),
        ("int", [1]),
        ("float", {}),
        ("map", "a=b"),
        ("map", [1]),
        ("json", "{"),
        ("json", "%7B"),
        ("time", 10**30),
        ("time", -(10**30)),
        ("time", float("nan")),
    ],
)
def test_a_value_of_another_kind_is_a_value_error_and_nothing_else(kind: str, value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - every kind has its own words
        canonical(kind, value)


def test_an_integer_of_any_length_stays_exact() -> None:
    assert canonical("int", 10**400) == 10**400
    assert canonical("int", 2**63 + 1) == 2**63 + 1


def test_a_moment_without_a_zone_is_utc() -> None:
    naive = datetime(2026, 1, 2, 3, 4, 5)
    east = naive.replace(tzinfo=timezone(timedelta(hours=5)))
    assert canonical("time", naive) == "2026-01-02T03:04:05Z"
    assert canonical("time", east) == "2026-01-01T22:04:05Z"


def test_a_text_that_is_no_moment_is_none() -> None:
    assert canonical("time", "yesterday") is None


@pytest.mark.parametrize("kind", SQL_TYPES)
def test_nothing_is_nothing_of_every_kind(kind: str) -> None:
    assert bare(canonical(kind, None)) is None
