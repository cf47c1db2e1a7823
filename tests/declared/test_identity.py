"""The account and region that a state of provider 6 names outright."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.declared import Declared
from scanner.declared.terraform import parse

from .states import instance, resource, state

BUCKET = {"account_id": "123456789012", "region": "eu-west-1", "bucket": "logs"}


def one(**more: Any) -> Declared:
    (found,) = parse("a.tfstate", state(resource("aws_s3_bucket", "b", instance(**more)))).instances
    return found


def test_the_identity_names_account_and_region() -> None:
    found = one(identity=BUCKET, identity_schema_version=0)
    assert (found.account, found.region) == ("123456789012", "eu-west-1")


def test_the_region_attribute_stands_in_for_an_identity() -> None:
    found = one(attributes={"id": "x", "region": "eu-north-1"})
    assert (found.account, found.region) == ("", "eu-north-1")


def test_the_identity_goes_before_the_attribute() -> None:
    assert (
        one(identity=BUCKET, attributes={"id": "x", "region": "eu-north-1"}).region == "eu-west-1"
    )


@pytest.mark.parametrize(
    "identity",
    [None, {}, [], "x", 5, {"account_id": None, "region": None}, {"account_id": 5, "region": []},
     {"account_id": "12", "region": ""}, {"account_id": "12345678901a"}],
)  # fmt: skip
def test_where_it_says_nothing_of_use_nothing_is_said(identity: Any) -> None:
    found = one(identity=identity)
    assert (found.account, found.region) == ("", "")


def test_values_of_the_identity_are_not_shown() -> None:
    assert "logs" not in repr(one(identity=BUCKET))
