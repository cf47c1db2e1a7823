"""Which way a policy differs: wider, narrower, or not to be said."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.catalog.policy import canonical_policy
from scanner.derive.widening import MOST, way


def allow(action: Any = "sqs:SendMessage", resource: Any = "arn:q", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def policy(*statements: dict[str, Any]) -> Any:
    return canonical_policy({"Version": "2012-10-17", "Statement": list(statements)})


ROLE, ROOT = "arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:root"
DENY = {"Effect": "Deny", "Action": "*", "Resource": "*"}
ONLY = {"Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ([allow()], [allow(["sqs:SendMessage", "sqs:DeleteQueue"])]),
        ([allow()], [allow("sqs:*")]),
        ([allow()], [allow("SQS:Send*")]),
        ([allow(resource="arn:q")], [allow(resource="*")]),
        ([allow(resource="arn:q/x")], [allow(resource="arn:q/?")]),
        ([allow(**ONLY)], [allow()]),
        ([allow(Principal={"AWS": ROLE})], [allow(Principal="*")]),
        ([allow(Principal={"AWS": ROLE})], [allow(Principal={"AWS": ROOT})]),
        ([allow(Principal={"AWS": ROLE})], [allow(Principal={"AWS": [ROLE, "999988887777"]})]),
        ([allow(), DENY], [allow()]),
        ([allow(), DENY], [allow(), {**DENY, "Action": "s3:*"}]),
        ([], [allow()]),
        ([allow()], [allow(), allow("s3:GetObject")]),
        ([{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ROLE}}],
         [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}]),
    ],
)  # fmt: skip
def test_one_way_is_wider_and_back_is_narrower(less: list[Any], more: list[Any]) -> None:
    one, other = policy(*less), policy(*more)
    assert way(one, other) == "wider"
    assert way(other, one) == "narrower"


def test_a_grant_for_another_is_wider_both_ways() -> None:
    one, other = policy(allow("s3:GetObject")), policy(allow("s3:PutObject"))
    assert way(one, other) == way(other, one) == "wider"


def test_a_service_and_an_account_are_not_one() -> None:
    one = policy(allow(Principal={"Service": "sns.amazonaws.com"}))
    assert way(one, policy(allow(Principal={"AWS": "123456789012"}))) == "wider"


def test_a_wildcard_does_not_widen_a_question_mark() -> None:
    assert way(policy(allow(resource="arn:?")), policy(allow(resource="arn:*"))) == "wider"


@pytest.mark.parametrize("key", ["NotAction", "NotResource", "NotPrincipal"])
def test_what_is_said_by_exclusion_is_not_weighed(key: str) -> None:
    one = policy({**allow(), key: {"AWS": ROLE} if key == "NotPrincipal" else "x"})
    assert way(one, policy(allow("sqs:*"))) == ""
    # where it stands on both sides, the rest is
    kept = {**allow(), key: {"AWS": ROLE} if key == "NotPrincipal" else "x"}
    assert way(policy(kept), policy(kept, allow("s3:*"))) == "wider"


@pytest.mark.parametrize("odd", ["sensitive", 7, [], {"Statement": "x"}, {"Statement": [1]}])
def test_what_is_no_policy_has_no_way(odd: Any) -> None:
    assert way(odd, policy(allow())) == ""


def test_a_policy_too_large_to_weigh_has_no_way() -> None:
    many = policy(allow([f"s3:A{n}" for n in range(MOST + 1)]))
    assert way(policy(allow()), many) == ""


ACTIONS = st.lists(
    st.sampled_from(["s3:*", "s3:Get*", "s3:GetObject", "sqs:Send?", "*"]), min_size=1, max_size=3
)
STATEMENTS = st.lists(
    st.builds(
        lambda effect, actions, resource, only: {
            "Effect": effect, "Action": actions, "Resource": resource, **(ONLY if only else {}),
        },
        st.sampled_from(["Allow", "Deny"]), ACTIONS, st.sampled_from(["*", "arn:a", "arn:*"]),
        st.booleans(),
    ),
    max_size=3,
)  # fmt: skip


@given(STATEMENTS)
def test_a_policy_is_no_wider_than_itself(statements: list[dict[str, Any]]) -> None:
    assert way(policy(*statements), policy(*reversed(statements))) == ""


@given(STATEMENTS, ACTIONS)
def test_one_more_grant_is_never_narrower_and_one_more_deny_never_wider(
    statements: list[dict[str, Any]], actions: list[str]
) -> None:
    before = policy(*statements)
    assert way(before, policy(*statements, allow(actions, "*"))) in ("wider", "")
    assert way(before, policy(*statements, {**DENY, "Action": actions})) in ("narrower", "")
