"""Compiled paths answer what JMESPath's own interpreter answers, errors included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jmespath.exceptions import JMESPathError

from scanner.catalog import load
from scanner.catalog.compiled import compiled
from scanner.catalog.path import _INTERPRETER, holes

LEAVES = st.none() | st.booleans() | st.sampled_from([0, 1, 2, 1.0, "", "a", "ab", "aws:x", "1"])
MADE_UP = [
    "a.b", "a[0].b", "a[-1]", "a[]", "a[].b[]", "a[*].b", "a.*", "a[?b].c", "a[?b == `1`]", "a[?b != c]",
    "a[?b > `0`].c", "!a", "a || b", "a && b", "a | b", "[a, b]", "{x: a, y: b}", "@", "a[1:]",
    "starts_with(a, 'a')", "starts_with(a, b)", "contains(a, b)", "contains(['a', 'b'], c)", "length(a)",
    "sort_by(a, &b)", "map(&b, a)", "a == `true`", "a == `1`", "`[1, 2]`", "not_null(a, b)", "join(a, b)",
]  # fmt: skip


def catalog() -> Iterator[str]:
    """Every path in the catalog."""

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield from holes(value) or (value,)
        elif isinstance(value, dict | list | tuple):
            for inner in value.values() if isinstance(value, dict) else value:
                yield from texts(inner)
        elif hasattr(value, "__dataclass_fields__"):
            for each in fields(value):
                yield from texts(getattr(value, each.name))

    for path in sorted(set(texts(list(load().values())))):
        try:
            jmespath.compile(path)
        except JMESPathError:
            continue
        if not path.isidentifier():
            yield path


PATHS = [*MADE_UP, *catalog()]


def outcome(find: Any, document: Any) -> tuple[Any, ...]:
    try:
        found = find(document)
    except Exception as error:
        return type(error), str(error)
    return found, repr(found)  # True and 1 are not the same


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, Any]:
    path = draw(st.sampled_from(PATHS))
    names = sorted(set(re.findall(r"[A-Za-z_]\w*", path)))
    leaves = LEAVES | st.sampled_from(sorted(re.findall(r"'([^']*)'", path)) or ["a"])
    return path, draw(
        st.recursive(
            leaves,
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(names or ["a"]), inner, min_size=1, max_size=6)
            ),
            max_leaves=12,
        )
    )


def test_there_are_paths_to_try() -> None:
    assert len(PATHS) > 500


@settings(max_examples=500, deadline=None)
@given(cases())
def test_a_compiled_path_answers_what_the_interpreter_answers(case: tuple[str, Any]) -> None:
    path, document = case
    tree = jmespath.compile(path).parsed
    theirs = outcome(lambda value: _INTERPRETER.visit(tree, value), document)
    assert outcome(compiled(tree, _INTERPRETER), document) == theirs


@pytest.mark.parametrize("path", MADE_UP)
def test_every_form_answers_alike_on_documents_that_fit(path: str) -> None:
    inner = [{"b": 1, "c": "x"}, {"b": 0, "c": None}, {"b": [1, [2]]}, 1, None]
    tree = jmespath.compile(path).parsed
    for a in (inner, {"b": 2, "c": [1]}, "ab", ["a", "b"], None, 0, True, 1):
        for b in ("a", None, ["a"], 1):
            document = {"a": a, "b": b, "c": "a"}
            theirs = outcome(lambda value, tree=tree: _INTERPRETER.visit(tree, value), document)
            assert outcome(compiled(tree, _INTERPRETER), document) == theirs
