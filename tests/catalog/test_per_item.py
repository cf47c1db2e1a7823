"""No call is made for one item where AWS answers for many; the others say why."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from scanner.catalog import load

from .per_item import could_ask_for_many, reasons, singles

SINGLE = {call: params for kind in load().values() for call, params in singles(kind)}
SAID = Counter(call for because in reasons().because for call in because.calls)


@pytest.mark.parametrize("call", sorted(SINGLE))
def test_a_call_for_one_item_has_a_reason_and_botocore_knows_no_other_way(call: str) -> None:
    assert SAID[call] == 1, f"{call} asks for one item: say in per_item.toml why not for many"
    if could_ask_for_many(call, SINGLE[call]):
        assert call in reasons().one, f"{call} can ask for many: match, or param and size"


def test_no_reason_outlives_its_call() -> None:
    assert set(SAID) == set(SINGLE)
    assert reasons().one.keys() == {c for c, p in SINGLE.items() if could_ask_for_many(c, p)}


def test_what_botocore_can_ask_at_once_is_seen() -> None:
    (tags,) = (call for call in load()["aws_lb"].each if call.call == "elbv2.describe_tags")
    assert could_ask_for_many(tags.call, {tags.param: ["{LoadBalancerArn}"]})
    alone = replace(load()["aws_lb"], each=(replace(tags, match="", size=1),))
    assert [call for call, _ in singles(alone)] == [tags.call]
    assert could_ask_for_many("ec2.describe_nat_gateways", {"Filter": ["{SubnetId}"]})
    assert not could_ask_for_many("sqs.list_queue_tags", {"QueueUrl": "{QueueUrl}"})
