"""Rules of composite alarms: the grammar, and what one alarm does, held against every assignment."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.derive.alarm_rule import (
    FREE,
    RINGS,
    STATES,
    Constant,
    Join,
    Leaf,
    Node,
    Not,
    called,
    named,
    of_quiet,
    of_ringing,
    parse,
    turn,
)

A, B = Leaf("ALARM", "a"), Leaf("ALARM", "b")


@pytest.mark.parametrize(
    ("rule", "tree"),
    [
        ("ALARM(a)", A),
        ('ALARM("a")', A),
        ("  ALARM ( a )  ", A),
        ('ALARM("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a")', A),
        ("OK(a)", Leaf("OK", "a")),
        ("INSUFFICIENT_DATA(a)", Leaf("INSUFFICIENT_DATA", "a")),
        ("TRUE", Constant(True)),
        ("NOT FALSE", Not(Constant(False))),
        ("ALARM(a) OR ALARM(b)", Join(False, (A, B))),
        ("ALARM(a)\n  AND\n  ALARM(b)", Join(True, (A, B))),
        ("ALARM(a) OR ALARM(b) AND TRUE", Join(False, (A, Join(True, (B, Constant(True)))))),
        ("(ALARM(a) OR ALARM(b)) AND TRUE", Join(True, (Join(False, (A, B)), Constant(True)))),
        ("NOT ALARM(a) AND ALARM(b)", Join(True, (Not(A), B))),
        ("NOT (ALARM(a) AND ALARM(b))", Not(Join(True, (A, B)))),
        ("NOT NOT ALARM(a)", Not(Not(A))),
        ("((ALARM(a)))", A),
        ('ALARM("queue (old) AND new")', Leaf("ALARM", "queue (old) AND new")),
        (r'ALARM("say \"when\"")', Leaf("ALARM", 'say "when"')),
        ("ALARM(two words)", Leaf("ALARM", "two words")),
        ("ALARM(AND)", Leaf("ALARM", "AND")),
    ],
)
def test_a_rule_is_read(rule: str, tree: Node) -> None:
    assert parse(rule) == tree


@pytest.mark.parametrize(
    "rule",
    [
        "", "ALARM", "ALARM(", "ALARM()", "ALARM(a", "(ALARM(a)", "ALARM(a))", "AND ALARM(a)",
        "ALARM(a) AND", "ALARM(a) ALARM(b)", "NOT", "RINGING(a)", "ALARM(a) XOR ALARM(b)",
        "(" * 500 + "TRUE" + ")" * 500,
    ],
)  # fmt: skip
def test_what_is_no_rule_is_none(rule: str) -> None:
    assert parse(rule) is None


def test_an_alarm_is_called_by_its_name() -> None:
    assert called("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a:b") == "a:b"
    assert called("a:b") == "a:b"


NAMES = ("a", "b", "c")
leaves = st.one_of(
    st.builds(Leaf, st.sampled_from(STATES), st.sampled_from(NAMES)),
    st.builds(Constant, st.booleans()),
)
trees: st.SearchStrategy[Node] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(Join, st.booleans(), st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


def written(node: Node) -> str:
    if isinstance(node, Leaf):
        return f'{node.state}("{node.alarm}")'
    if isinstance(node, Constant):
        return str(node.value).upper()
    if isinstance(node, Not):
        return f"NOT ({written(node.inner)})"
    return (" AND " if node.all else " OR ").join(f"({written(part)})" for part in node.parts)


def holds(node: Node, states: dict[str, str]) -> bool:
    """The rule as AWS would evaluate it."""
    if isinstance(node, Leaf):
        return states[node.alarm] == node.state
    if isinstance(node, Constant):
        return node.value
    if isinstance(node, Not):
        return not holds(node.inner, states)
    return (all if node.all else any)(holds(part, states) for part in node.parts)


@given(trees)
def test_what_is_written_is_read_as_it_was_meant(node: Node) -> None:
    read = parse(written(node))
    assert read is not None
    assert named(read) == named(node)
    for states in product(STATES, repeat=len(NAMES)):
        given_ = dict(zip(NAMES, states, strict=True))
        assert holds(read, given_) == holds(node, given_)


@given(trees)
def test_what_one_alarm_does_is_what_every_assignment_says(node: Node) -> None:
    def turned(others: dict[str, str]) -> tuple[bool, bool]:
        return holds(node, {**others, "a": "OK"}), holds(node, {**others, "a": "ALARM"})

    quiet = turn(node, lambda f: of_ringing(f.state) if f.alarm == "a" else of_quiet(f.state))
    assert quiet == {turned({"b": "OK", "c": "OK"})}
    free = turn(node, lambda f: of_ringing(f.state) if f.alarm == "a" else FREE)
    possible = {turned({"b": b, "c": c}) for b in STATES for c in STATES}
    assert possible <= free, "never less is thought possible than is"
    if RINGS not in free:
        assert RINGS not in possible
