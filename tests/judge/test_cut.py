"""The few grants to take away: the one that closes most comes first, and what it leaves open stays open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.judge.cut import Edge, cuts


def held(*lines: str) -> list[Mapping[str, Any]]:
    """`principal document given_by`."""
    return [
        {"principal": p, "document": d, "given_by": g, "revert": f"undo {g}", "address": None, "owner": "o"}
        for p, d, g in (line.split() for line in lines)
    ]  # fmt: skip


def told(ways: list[Edge], grants: list[Mapping[str, Any]], most: int = 10) -> list[Any]:
    return [(c.given_by, c.principals, c.left) for c in cuts(ways, grants, most)]


def test_a_shared_grant_comes_before_single_ones() -> None:
    ways = [Edge(p, None, ("shared",)) for p in "abc"] + [Edge("d", None, ("own",))]
    grants = held("a shared g", "b shared g", "c shared g", "d own i")
    assert told(ways, grants) == [("g", ("a", "b", "c"), 1), ("i", ("d",), 0)]
    assert told(ways, grants, most=1) == [("g", ("a", "b", "c"), 1)]


def test_who_goes_through_another_is_closed_with_that_one() -> None:
    # a and b assume c, which writes its own policy; their trust has no policy to take away
    ways = [Edge("a", "c", ()), Edge("b", "c", ("p",)), Edge("c", None, ("w",))]
    grants = held("b p i", "c w j")
    assert told(ways, grants) == [("j", ("a", "b", "c"), 0)]


def test_another_way_and_another_grant_of_the_same_keep_it_open() -> None:
    ways = [Edge("a", None, ("p",)), Edge("a", None, ("q",)), Edge("b", None, ("r",))]
    grants = held("a p i", "a q j", "b r k", "b r l")
    # no single one closes a or b: what closes a way comes first
    assert told(ways, grants) == [("i", (), 2), ("j", ("a",), 1), ("k", (), 1), ("l", ("b",), 0)]


def test_halves_in_two_policies_are_closed_by_one_of_them() -> None:
    ways = [Edge("a", None, ("p", "q")), Edge("b", None, ("q",))]
    assert told(ways, held("a p i", "a q g", "b q g")) == [("g", ("a", "b"), 0)]


def test_what_leads_to_an_administrator_ends_there() -> None:
    assert told([Edge("a", "admin", ("p",))], held("a p i")) == [("i", ("a",), 0)]


def test_nobody_needs_no_cut_and_a_trust_alone_has_none() -> None:
    assert told([], []) == []
    assert told([Edge("a", "admin", ())], []) == []
