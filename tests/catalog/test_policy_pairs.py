"""Policies as AWS writes them, and pairs of policies beside what the provider says of them.

The provider's verdict is that of hashicorp/awspolicyequivalence, as its tests and its code have it. Where
ours is another, the reason stands beside the pair.
"""

from __future__ import annotations

import copy
import json
import random
from functools import cache
from typing import Any

import pytest

from scanner.catalog.policy import canonical_policy

from .test_policy import changed

ROOT, ACCOUNT = "arn:aws:iam::111122223333:root", "111122223333"


def policy(*statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    whole = [{"Effect": "Allow", "Action": "s3:GetObject", **one} for one in statements or ({},)]
    return {"Version": "2012-10-17", "Statement": whole, **more}


def condition(**tests: Any) -> dict[str, Any]:
    return policy({"Condition": {"StringEquals": {"aws:x": tests["is_"]}}})


SAME = {
    "one action, as a list and not": (policy(), policy({"Action": ["s3:GetObject"]})),
    "one statement, as a list and not": (policy(), policy() | {"Statement": policy()["Statement"][0]}),
    "actions in another order": (policy({"Action": ["a:b", "c:d"]}), policy({"Action": ["c:d", "a:b"]})),
    "statements in another order": (
        policy({"Resource": "a"}, {"Resource": "b"}),
        policy({"Resource": "b"}, {"Resource": "a"}),
    ),
    "NotAction, as a list and not": (policy({"NotAction": "a:b"}), policy({"NotAction": ["a:b"]})),
    "a principal, as a list and not": (
        policy({"Principal": {"Service": "ec2.amazonaws.com"}}),
        policy({"Principal": {"Service": ["ec2.amazonaws.com"]}}),
    ),
    "principals in another order": (
        policy({"Principal": {"AWS": [ROOT, "arn:aws:iam::1:role/r"]}}),
        policy({"Principal": {"AWS": ["arn:aws:iam::1:role/r", ROOT]}}),
    ),
    "an account and its root": (
        policy({"Principal": {"AWS": ROOT}}),
        policy({"Principal": {"AWS": ACCOUNT}}),
    ),
    "an account and its root, in China": (
        policy({"Principal": {"AWS": ROOT.replace("aws", "aws-cn", 1)}}),
        policy({"Principal": {"AWS": [ACCOUNT]}}),
    ),
    "an account and its root, alone": (policy({"Principal": ROOT}), policy({"Principal": ACCOUNT})),
    "nobody and nobody of a kind": (
        policy({"Principal": {"AWS": []}}),
        policy({"Principal": {"Service": []}}),
    ),
    "nobody of a kind and no principal": (policy({"Principal": {"AWS": []}}), policy()),
    "Effect in another case": (policy(), policy({"Effect": "allow"})),
    "a test, as a list and not": (condition(is_="a"), condition(is_=["a"])),
    "truth with and without quotes": (condition(is_=True), condition(is_="true")),
    "a number with and without quotes": (condition(is_=100), condition(is_="100")),
    "numbers with and without quotes": (condition(is_=[1.5, 2]), condition(is_=["1.5", "2"])),
    "a test of nothing": (condition(is_=[]), condition(is_=[])),
}  # fmt: skip
"""The same to both."""

DIFFERENT = {
    "another action": (policy(), policy({"Action": "s3:PutObject"})),
    "one action more": (policy(), policy({"Action": ["s3:GetObject", "s3:PutObject"]})),
    "NotAction on one side": (policy(), policy({"NotAction": "a:b"})),
    "another service": (
        policy({"Principal": {"Service": "ec2.amazonaws.com"}}),
        policy({"Principal": {"Service": "spotfleet.amazonaws.com"}}),
    ),
    "another kind of principal": (
        policy({"Principal": {"AWS": "a"}}), policy({"Principal": {"Federated": "a"}}),
    ),
    "another who is left out": (
        policy({"NotPrincipal": {"AWS": "a"}}), policy({"NotPrincipal": {"AWS": "b"}}),
    ),
    "another effect": (policy(), policy({"Effect": "Deny"})),
    "another version": (policy(), policy() | {"Version": "2008-10-17"}),
    "another operator": (
        condition(is_="a"), policy({"Condition": {"StringNotEquals": {"aws:x": "a"}}}),
    ),
    "another value": (condition(is_="a"), condition(is_="b")),
    "one value more": (condition(is_="a"), condition(is_=["a", "b"])),
    "no condition": (condition(is_="a"), policy()),
    "one statement less": (policy({"Resource": "a"}, {"Resource": "b"}), policy({"Resource": "a"})),
    "another resource": (policy({"Resource": "a"}), policy({"Resource": "A"})),
    "one that only begins like a root": (
        policy({"Principal": {"AWS": ROOT + "s"}}), policy({"Principal": {"AWS": ACCOUNT}}),
    ),
    "the root of another account": (
        policy({"Principal": {"AWS": ROOT}}), policy({"Principal": {"AWS": "444455556666"}}),
    ),
}  # fmt: skip
"""Different to both."""

SAME_TO_US = {
    "Sid grants nothing": (policy({"Sid": "A"}), policy({"Sid": "B"})),
    "Id grants nothing": (policy(Id="A"), policy(Id="B")),
    "IAM compares actions without case": (policy(), policy({"Action": "S3:getobject"})),
    "IAM compares the keys of conditions without case": (
        policy({"Condition": {"StringEquals": {"aws:X": "a"}}}), condition(is_="a"),
    ),
    "what is said twice is said": (policy(), policy({"Action": ["s3:GetObject"] * 2})),
    "a statement that stands twice is one": (policy({}, {}), policy()),
    "everybody is everybody": (policy({"Principal": "*"}), policy({"Principal": {"AWS": "*"}})),
    "no version is the first one": (
        policy() | {"Version": "2008-10-17"}, {"Statement": policy()["Statement"]},
    ),
}  # fmt: skip
"""The same to us and different to the provider: it compares the text, and none of this changes a grant."""

DIFFERENT_TO_US = {
    "everybody and nobody": (policy({"Principal": "*"}), policy()),
    "everybody and an account": (policy({"Principal": "*"}), policy({"Principal": ACCOUNT})),
    "two principals as bare texts": (
        policy({"Principal": "arn:aws:iam::1:role/a"}), policy({"Principal": "arn:aws:iam::1:role/b"}),
    ),
}  # fmt: skip
"""Different to us and the same to the provider, which takes principals that are bare texts for empty maps."""


@pytest.mark.parametrize("name", [*SAME, *SAME_TO_US])
def test_these_are_the_same(name: str) -> None:
    one, other = {**SAME, **SAME_TO_US}[name]
    assert one != other or name == "a test of nothing"
    assert not changed(one, other)
    assert not changed(other, one)
    assert not changed(json.dumps(one), json.dumps(other, indent=2))


@pytest.mark.parametrize("name", [*DIFFERENT, *DIFFERENT_TO_US])
def test_these_are_different(name: str) -> None:
    one, other = {**DIFFERENT, **DIFFERENT_TO_US}[name]
    assert changed(one, other)
    assert changed(other, one)


@cache
def managed() -> dict[str, Any]:
    """The policies that AWS itself writes, more than 1,500 of them."""
    from moto.iam import aws_managed_policies

    read = json.loads(aws_managed_policies.aws_managed_policies_data)
    return {name: one["Document"] for name, one in sorted(read.items())}


def mixed(value: Any, lot: random.Random) -> Any:
    """The document with every list in another order, and lists of one thing without their list."""
    if isinstance(value, dict):
        keys = lot.sample(sorted(value), len(value))
        return {key: mixed(value[key], lot) for key in keys}
    if isinstance(value, list):
        items = lot.sample([mixed(item, lot) for item in value], len(value))
        return items[0] if len(items) == 1 and lot.random() < 0.5 else items
    return value


def edits(document: dict[str, Any], lot: random.Random) -> dict[str, dict[str, Any]]:
    """The document with one grant changed, in every way that one statement of it allows."""
    number = lot.randrange(len(document["Statement"]))
    found: dict[str, dict[str, Any]] = {}
    for name in ("effect", "action", "resource", "condition", "gone"):
        other = copy.deepcopy(document)
        statement = other["Statement"][number]
        if name == "effect":
            statement["Effect"] = {"Allow": "Deny", "Deny": "Allow"}[statement["Effect"]]
        elif name == "gone":
            del other["Statement"][number]
        elif name == "condition":
            if not statement.pop("Condition", None):
                statement["Condition"] = {"Bool": {"aws:SecureTransport": "true"}}
        else:
            key = next(k for k in (name.title(), f"Not{name.title()}") if k in statement)
            held = statement[key] if isinstance(statement[key], list) else [statement[key]]
            statement[key] = [*held, "watchbill:Edit"]
        found[name] = other
    return found


def test_every_policy_of_aws_is_the_same_in_other_words_and_never_after_an_edit() -> None:
    lot, alike = random.Random(7), 0
    assert len(managed()) > 1500
    for name, document in managed().items():
        if isinstance(document["Statement"], dict):
            document = {**document, "Statement": [document["Statement"]]}
        assert not changed(document, json.dumps(mixed(document, lot))), name
        for edit, other in edits(document, lot).items():
            # where a statement stands twice, one of them may go
            twice = edit == "gone" and len(canonical_policy(document)["Statement"]) < len(
                document["Statement"]
            )
            alike += twice
            assert twice or changed(document, mixed(other, lot)), (name, edit)
    assert alike < 20


def test_no_two_policies_of_aws_are_the_same_but_for_their_names() -> None:
    """Those that are the same grant the same: their texts without Sid, sorted and folded, are equal."""
    by_form: dict[str, list[Any]] = {}
    for document in managed().values():
        form = json.dumps(canonical_policy(document), sort_keys=True).lower()
        by_form.setdefault(form, []).append(document)
    assert len(by_form) > 1400
    for group in by_form.values():
        words = {tuple(sorted(_words(document))) for document in group}
        assert len(words) == 1


def _words(value: Any) -> set[str]:
    """Every text in a document but for names of statements, without order or case."""
    if isinstance(value, dict):
        return {w for key, inner in value.items() if key != "Sid" for w in {key, *_words(inner)}}
    if isinstance(value, list):
        return {word for item in value for word in _words(item)}
    return {str(value).lower()}
