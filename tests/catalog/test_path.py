"""Paths point into documents, templates make texts of them."""

from __future__ import annotations

from typing import Any

import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jmespath.exceptions import JMESPathError

from scanner.catalog.path import fill, getter, holes, words

NAMES = st.sampled_from(["a", "b", "C1", "_d"])
TREES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3) | st.booleans(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=10,
)
PLAIN = st.lists(NAMES, min_size=1, max_size=3).map(".".join)
QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"


@settings(max_examples=200, deadline=None)
@given(PLAIN, TREES)
def test_a_plain_path_gives_what_jmespath_gives(path: str, document: Any) -> None:
    assert getter(path)(document) == jmespath.search(path, document)


@pytest.mark.parametrize(
    ("path", "document", "found"),
    [
        ("a[0].b", {"a": [{"b": 1}]}, 1),
        ("a[?b=='x'] | [0].c", {"a": [{"b": "x", "c": 2}]}, 2),
        ("a && [a]", {"a": {"b": 1}}, [{"b": 1}]),
        ("a && [a]", {}, None),
        ("!(a)", {}, True),
        ("last(u, '/')", {"u": QUEUE}, "orders"),
        ("last(u, '/')", {"u": "orders"}, "orders"),
        ("last(u, '/')", {}, None),
        ("p.last(u, '/')", {"p": {"u": QUEUE}}, "orders"),
        ("a.b.c", {"a": {"b": "text"}}, None),
        ("a.b", {"a": [{"b": 1}]}, None),
        ("a", None, None),
    ],
)
def test_a_path_points_at_what_is_there_or_at_none(path: str, document: Any, found: Any) -> None:
    assert getter(path)(document) == found


@pytest.mark.parametrize("path", ["a[", "a..b", "nosuch(a)", "a b", "'"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(JMESPathError):
        getter(path)({"a": 1})


@pytest.mark.parametrize(
    ("template", "document", "made"),
    [
        ("{a}", {"a": 5}, 5),
        ("{a}", {"a": [1]}, [1]),
        ("{a}", {}, None),
        ("x{a}", {"a": 5}, "x5"),
        ("{a}:{b}", {"a": 1, "b": "c"}, "1:c"),
        ("{a}:{b}", {"a": 1}, None),
        ("arn:{_partition}:s3:::{Name}", {"_partition": "aws", "Name": "n"}, "arn:aws:s3:::n"),
        ("{last(u, '/')}!", {"u": QUEUE}, "orders!"),
        ("plain", {}, "plain"),
        # what is filled in is not filled again
        ("{a}-{b}", {"a": "{b}", "b": "\\1"}, "{b}-\\1"),
    ],
)
def test_a_template_is_filled_or_is_nothing(template: str, document: Any, made: Any) -> None:
    assert fill(template, document) == made


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(NAMES, st.text("ab{}\\$1", min_size=1, max_size=4), min_size=4, max_size=4))
def test_every_hole_is_filled_with_its_own_value(document: dict[str, str]) -> None:
    made = fill("<{a}|{b}|{C1}|{_d}|{a}>", document)
    assert made == "<" + "|".join(document[n] for n in ("a", "b", "C1", "_d", "a")) + ">"


def test_the_words_of_a_path_are_all_its_names() -> None:
    assert holes("{a.b}-{c}") == ("a.b", "c")
    assert {"policy", "Policy"} <= words("policy.Policy && [policy]")
    assert "tagging" not in words("tags.TagSet")
