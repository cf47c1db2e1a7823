"""Two policies are the same exactly when they grant the same, as far as their text says."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.catalog.kinds import canonical, dumps
from scanner.catalog.policy import canonical_policy
from scanner.catalog.shape import differs
from scanner.catalog.spec import Attribute

POLICY = Attribute(kind="policy", path="Policy")
ACTIONS = st.sampled_from(["s3:GetObject", "s3:PutObject", "sqs:SendMessage", "iam:*", "*"])
RESOURCES = st.sampled_from(
    ["arn:aws:s3:::a/*", "arn:aws:s3:::b", "*", "arn:aws:sqs:eu-west-1:1:q"]
)
ACCOUNTS = st.sampled_from(["111122223333", "444455556666"])
PRINCIPALS = st.sampled_from(
    ["arn:aws:iam::111122223333:role/r", "arn:aws:iam::444455556666:user/u"]
)
KEYS = st.sampled_from(["aws:SourceIp", "aws:PrincipalTag/Team", "aws:SecureTransport"])
VALUES = st.sampled_from(["10.0.0.0/8", "a", "", "true", "*"])


def some(of: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(of, min_size=1, max_size=3, unique=True)


CONDITIONS = st.dictionaries(
    st.sampled_from(["StringEquals", "StringLike", "IpAddress"]),
    st.dictionaries(KEYS, some(VALUES), min_size=1, max_size=2),
    max_size=2,
)
STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Action": some(ACTIONS),
        "Resource": some(RESOURCES),
        "Principal": st.just("*") | st.fixed_dictionaries({"AWS": some(ACCOUNTS | PRINCIPALS)}),
        "Condition": CONDITIONS,
    }
)
POLICIES = st.fixed_dictionaries(
    {
        "Version": st.sampled_from(["2012-10-17", "2008-10-17"]),
        "Statement": st.lists(
            STATEMENTS,
            min_size=1,
            max_size=3,
            unique_by=lambda s: dumps(canonical_policy({"Statement": s})),
        ),
    }
)


def changed(wanted: Any, found: Any) -> bool:
    return differs(POLICY, canonical_policy(wanted), canonical_policy(found))


def rewritten(policy: dict[str, Any], lot: random.Random) -> Any:
    """The same grants in other words."""
    policy = copy.deepcopy(policy)
    for number, statement in enumerate(policy["Statement"]):
        if lot.random() < 0.5:
            statement["Sid"] = f"S{number}{lot.random()}"
        cased: Callable[[str], str] = lot.choice([str.lower, str.upper, str.swapcase])
        for key in {"Action", "NotAction", "Resource"} & set(statement):
            lot.shuffle(statement[key])
            if "Action" in key:
                statement[key] = [cased(action) for action in statement[key]]
            if len(statement[key]) == 1 and lot.random() < 0.7:
                statement[key] = statement[key][0]
        principal = statement["Principal"]
        if principal == "*" and lot.random() < 0.7:
            statement["Principal"] = {"AWS": lot.choice(["*", ["*"]])}
        elif principal != "*":
            lot.shuffle(principal["AWS"])
            principal["AWS"] = [
                f"arn:aws:iam::{p}:root" if p.isdigit() and lot.random() < 0.5 else p
                for p in principal["AWS"]
            ]
        for tests in statement["Condition"].values():
            for key in list(tests):
                values = tests.pop(key)
                lot.shuffle(values)
                tests[lot.choice([key, key.lower(), key.upper()])] = (
                    values[0] if len(values) == 1 and lot.random() < 0.7 else values
                )
        if not statement["Condition"] and lot.random() < 0.7:
            del statement["Condition"]
    lot.shuffle(policy["Statement"])
    if lot.random() < 0.3:
        policy["Statement"].append(copy.deepcopy(policy["Statement"][0]))
    if len(policy["Statement"]) == 1 and lot.random() < 0.7:
        policy["Statement"] = policy["Statement"][0]
    forms: list[Callable[[Any], Any]] = [dict, json.dumps, lambda p: quote(json.dumps(p)), pretty]
    return lot.choice(forms)(policy)


def pretty(policy: Any) -> str:
    return "\n  " + json.dumps(policy, indent=4) + "\n"


def worsened(policy: dict[str, Any], lot: random.Random) -> dict[str, Any]:
    """One statement that grants something else."""
    policy = copy.deepcopy(policy)
    statement = lot.choice(policy["Statement"])
    sort = lot.randrange(12)
    if sort == 8 and not statement["Condition"]:
        sort = 0
    if (sort == 9 and "*" in statement["Resource"]) or (
        sort == 10 and (statement["Principal"] == "*" or "*" in statement["Principal"]["AWS"])
    ):
        sort = 1
    if sort == 0:
        statement["Effect"] = {"Allow": "Deny", "Deny": "Allow"}[statement["Effect"]]
    elif sort == 1:
        statement["Action"].append("kms:Decrypt")
    elif sort == 2:
        statement["Resource"][0] += "/more"
    elif sort == 3:
        statement["Principal"] = {"AWS": ["777788889999"]}
    elif sort == 4:
        statement["Condition"]["StringNotEquals"] = {"aws:PrincipalTag/x": [""]}
    elif sort == 8:
        del statement["Condition"][lot.choice(sorted(statement["Condition"]))]
    elif sort == 9:
        statement["Resource"].append("*")
    elif sort == 10:
        statement["Principal"] = "*"
    elif sort == 11:
        statement["Action"][0] += "Tagging"
    elif sort == 5:
        statement["NotAction"] = statement.pop("Action")
    elif sort == 6:
        policy["Version"] = {"2012-10-17": "2008-10-17", "2008-10-17": "2012-10-17"}[
            policy["Version"]
        ]
    else:
        policy["Statement"].append(
            {
                "Effect": "Allow",
                "Action": ["kms:*"],
                "Resource": ["*"],
                "Principal": "*",
                "Condition": {},
            }
        )
    return policy


@settings(max_examples=150, deadline=None)
@given(POLICIES, st.integers(0, 2**32))
def test_the_same_grants_in_other_words_are_the_same(policy: dict[str, Any], seed: int) -> None:
    lot = random.Random(seed)
    assert not changed(policy, policy)
    other = rewritten(policy, lot)
    assert not changed(policy, other)
    assert not changed(other, policy)


@settings(max_examples=200, deadline=None)
@given(POLICIES, st.integers(0, 2**32))
def test_another_grant_is_never_the_same(policy: dict[str, Any], seed: int) -> None:
    lot = random.Random(seed)
    other = worsened(policy, lot)
    assert changed(policy, rewritten(other, lot))
    assert changed(rewritten(other, lot), policy)


@settings(max_examples=60, deadline=None)
@given(POLICIES)
def test_the_canonical_form_is_its_own_canonical_form(policy: dict[str, Any]) -> None:
    once = canonical_policy(policy)
    assert canonical_policy(once) == once
    assert canonical_policy(json.dumps(once)) == once


@pytest.mark.parametrize("nothing", [None, "", "  ", {}, [], "{}", "%7B%7D"])
def test_no_policy_is_none(nothing: Any) -> None:
    assert canonical_policy(nothing) is None


@pytest.mark.parametrize(
    "wrong",
    [
        "not json", "[1]", "5", '"text"', [{"Statement": []}], {"Statement": "Allow"},
        {"Statement": [1]}, {"Statement": [{"Condition": "x"}]},
        {"Statement": [{"Condition": {"StringEquals": "x"}}]},
    ],
)  # fmt: skip
def test_what_is_no_policy_is_a_value_error(wrong: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's and ours
        canonical("policy", wrong)


def grant(**more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "a:b", **more}]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # an empty text in a condition is a condition
        (
            grant(Condition={"StringEquals": {"aws:PrincipalTag/t": ""}}),
            grant(),
        ),
        # values keep their case
        (grant(Resource="arn:aws:s3:::A"), grant(Resource="arn:aws:s3:::a")),
        # a key written twice in different case is two tests
        (
            grant(Condition={"StringEquals": {"aws:x": "1", "AWS:X": "2"}}),
            grant(Condition={"StringEquals": {"aws:x": "1"}}),
        ),
        (
            grant(Condition={"StringEquals": {"aws:x": "1", "AWS:X": "2"}}),
            grant(Condition={"StringEquals": {"aws:x": "2"}}),
        ),
        # the root of an account is the account; nothing that only begins like it is
        (
            grant(Principal={"AWS": "arn:aws:iam::111122223333:rootless"}),
            grant(Principal={"AWS": "111122223333"}),
        ),
        (grant(Principal="*"), grant(Principal={"Service": "*"})),
        (grant(Principal={"AWS": "*"}), grant(NotPrincipal={"AWS": "*"})),
    ],
)
def test_these_are_not_the_same(one: Any, other: Any) -> None:
    assert changed(one, other)
    assert changed(other, one)


def test_a_policy_is_not_the_same_as_none() -> None:
    assert changed(grant(), None)
    assert changed(None, grant())
    assert not changed(None, "")
