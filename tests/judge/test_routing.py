"""A finding goes to whoever answers in its rule's role, else to a lead, else to the fallback."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from scanner.derive.context import Context
from scanner.derive.owners import Answers, Owned, OwnedRole
from scanner.judge.routing import Desk
from scanner.model import Finding, Owner, Routing
from scanner.settings import Settings

from .made import finding, rule


def desk(
    *owned: Owned, roles: tuple[OwnedRole, ...] = (), fallback: str | None = "platform"
) -> Desk:
    facts: Any = SimpleNamespace(
        owners=list(owned),
        answers=Answers(list(owned), list(roles), []),
        context=[Context("arn:a", "ticket", "OPS-1", "tag ticket")],
    )
    return Desk(facts, Settings(fallback_owner=fallback))


def routed(made: Desk, role: str = "request") -> Finding:
    (one,) = made.routed([finding("a")], {"watch/made": rule(role=role)})
    return one


PAYMENTS = Owned("arn:a", "payments", "tag team", "valid", "tag", named="payments", said_of="arn:a")


def test_the_owner_gets_it_with_the_way_and_the_request() -> None:
    found = routed(desk(PAYMENTS))
    assert found.owner == Owner("payments", "tag team", "valid", "tag", "certain", named="payments")
    assert found.context == {"ticket": "OPS-1"}


def test_a_role_of_its_own_gets_the_findings_of_that_role_alone() -> None:
    watch = OwnedRole("arn:a", "monitoring", "ops", "tag owner-monitoring", "valid", True, False)
    made = desk(PAYMENTS, roles=(watch,))
    assert routed(made, "monitoring").owner.team == "ops"
    assert routed(made, "cost").owner.team == "payments"
    assert routed(made).roles["monitoring"].team == "ops"
    # a role whose own name cannot answer goes to the owner
    lost = watch._replace(team=None, state="departed")
    assert routed(desk(PAYMENTS, roles=(lost,)), "monitoring").owner.team == "payments"


def test_a_lead_before_the_fallback_and_both_count_against_the_figure() -> None:
    nobody = Owned("arn:a", None, "", "missing")
    led = replace(nobody, lead="search", lead_via="owner of the account 1", lead_source="account")
    parent = replace(
        nobody, state="unknown", named="x", lead="a", lead_via="tag", lead_source="parent"
    )
    for owned, fallback, wanted in (
        (PAYMENTS, "platform", (1, 100.0, 0, 0, 0)),
        (led, "platform", (0, 0.0, 1, 0, 0)),
        (parent, "platform", (0, 0.0, 1, 0, 0)),
        (nobody, "platform", (0, 0.0, 0, 1, 0)),
        (nobody, None, (0, 0.0, 0, 0, 1)),
    ):
        found = routed(desk(owned, fallback=fallback))
        assert Routing.of([found]) == Routing(1, *wanted)
        assert found.owner.state == owned.state


def test_what_is_no_resource_goes_to_the_fallback_too() -> None:
    assert routed(desk()).owner == Owner("platform", "fallback", "missing", "fallback", "guess")
    assert Routing.of([]).percent is None
