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
    AtLeast,
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

A, B, C = (Leaf("ALARM", name) for name in "abc")


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
        ("AT_LEAST(2, ALARM, (a, b))", AtLeast(2, (A, B))),
        (
            'at_least ( 1 , alarm , ( "a" , arn:aws:cloudwatch:eu-west-1:1:alarm:b ) )',
            AtLeast(1, (A, B)),
        ),
        ("AT_LEAST(50%, ALARM, (a, b, c))", AtLeast(2, (A, B, C))),
        ("AT_LEAST(1, NOT OK, (a))", AtLeast(1, (Not(Leaf("OK", "a")),))),
        (
            'AT_LEAST(1, ALARM, ("x (old), y", two words)) AND TRUE',
            Join(
                True,
                (
                    AtLeast(1, (Leaf("ALARM", "x (old), y"), Leaf("ALARM", "two words"))),
                    Constant(True),
                ),
            ),
        ),
    ],
)
def test_a_rule_is_read(rule: str, tree: Node) -> None:
    assert parse(rule) == tree


@pytest.mark.parametrize(
    "rule",
    [
        "", "ALARM", "ALARM(", "ALARM()", "ALARM(a", "(ALARM(a)", "ALARM(a))", "AND ALARM(a)",
        "ALARM(a) AND", "ALARM(a) ALARM(b)", "NOT", "RINGING(a)", "ALARM(a) XOR ALARM(b)",
        "AT_LEAST(1, ALARM, ())", "AT_LEAST(3, ALARM, (a, b))", "AT_LEAST(0, ALARM, (a))",
        "AT_LEAST(1, ALARM, (a,))", "AT_LEAST(101%, ALARM, (a))", "AT_LEAST(1, ALARM, a)",
        "AT_LEAST(1, RINGING, (a))", "AT_LEAST(1, ALARM, (a,,b))",
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
    st.builds(
        lambda state, names, count, other: AtLeast(
            min(count, len(names)),
            tuple(Not(Leaf(state, n)) if other else Leaf(state, n) for n in names),
        ),
        st.sampled_from(STATES),
        st.lists(st.sampled_from(NAMES), min_size=1, max_size=4),
        st.integers(1, 4),
        st.booleans(),
    ),
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
    if isinstance(node, AtLeast):
        leaves = [part.inner if isinstance(part, Not) else part for part in node.parts]
        state = "NOT " * isinstance(node.parts[0], Not) + leaves[0].state
        among = ", ".join(f'"{leaf.alarm}"' for leaf in leaves)
        return f"AT_LEAST({node.count}, {state}, ({among}))"
    return (" AND " if node.all else " OR ").join(f"({written(part)})" for part in node.parts)


def holds(node: Node, states: dict[str, str]) -> bool:
    """The rule as AWS would evaluate it."""
    if isinstance(node, Leaf):
        return states[node.alarm] == node.state
    if isinstance(node, Constant):
        return node.value
    if isinstance(node, Not):
        return not holds(node.inner, states)
    if isinstance(node, AtLeast):
        return sum(holds(part, states) for part in node.parts) >= node.count
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
