"""A rule is protocol, ports and one peer, whichever of the three styles it is written in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.catalog.group_rules import flatten, group_id, inline, rule_text

OWN = "sg-own"
PEERS = st.sampled_from(
    [
        ("cidr_blocks", "10.0.0.0/8"),
        ("cidr_blocks", "0.0.0.0/0"),
        ("ipv6_cidr_blocks", "::/0"),
        ("prefix_list_ids", "pl-1"),
        ("security_groups", "sg-2"),
        ("security_groups", "sg-3"),
        ("self", OWN),
    ]
)
PORTS = st.integers(0, 65535)
RANGES = st.tuples(PORTS, PORTS).map(sorted)
SERVICES = st.one_of(
    st.tuples(st.sampled_from(["tcp", "udp"]), RANGES),
    st.tuples(st.just("icmp"), st.sampled_from([[-1, -1], [8, 0], [3, 4]])),
    st.tuples(st.just("-1"), st.just([0, 0])),
)
RULES = st.dictionaries(
    st.tuples(SERVICES.map(lambda s: (s[0], *s[1])), PEERS), st.text("ab ", max_size=3), max_size=8
)
Rules = dict[tuple[tuple[str, int, int], tuple[str, str]], str]

_EC2 = {
    "cidr_blocks": ("IpRanges", "CidrIp"),
    "ipv6_cidr_blocks": ("Ipv6Ranges", "CidrIpv6"),
    "prefix_list_ids": ("PrefixListIds", "PrefixListId"),
    "security_groups": ("UserIdGroupPairs", "GroupId"),
    "self": ("UserIdGroupPairs", "GroupId"),
}


def as_ec2(rules: Rules) -> list[dict[str, Any]]:
    """As DescribeSecurityGroups answers: one permission a service, all its peers below."""
    found: dict[Any, dict[str, Any]] = {}
    for ((protocol, low, high), (sort, peer)), text in rules.items():
        permission = found.setdefault((protocol, low, high), {"IpProtocol": protocol})
        if protocol != "-1":
            permission |= {"FromPort": low, "ToPort": high}
        pairs, key = _EC2[sort]
        line = {key: peer} | ({"Description": text} if text else {})
        permission.setdefault(pairs, []).append(line)
    return list(found.values())


def as_inline(rules: Rules) -> list[dict[str, Any]]:
    """As the provider keeps `ingress`: one block a service and description."""
    found: dict[Any, dict[str, Any]] = {}
    for ((protocol, low, high), (sort, peer)), text in rules.items():
        block = found.setdefault(
            (protocol, low, high, text),
            {"protocol": protocol, "from_port": low, "to_port": high, "description": text,
             "self": False, "cidr_blocks": [], "ipv6_cidr_blocks": None, "security_groups": []},
        )  # fmt: skip
        if sort == "self":
            block["self"] = True
        else:
            block[sort] = [*(block.get(sort) or []), peer]
    return list(found.values())


def as_separate(rules: Rules) -> list[dict[str, Any]]:
    """As aws_security_group_rule: a resource a service and peer, with the same names as a block."""
    return [
        {"protocol": protocol, "from_port": low, "to_port": high, "description": text or None}
        | ({"self": True} if sort == "self" else {sort: [peer]})
        for ((protocol, low, high), (sort, peer)), text in rules.items()
    ]


@settings(max_examples=100, deadline=None)
@given(RULES)
def test_three_styles_of_the_same_rules_flatten_to_the_same(rules: Rules) -> None:
    found = flatten(as_ec2(rules))
    assert dict(inline(as_inline(rules), OWN)) == found
    assert dict(inline(as_separate(rules), OWN)) == found
    assert len(found) == len(rules)


@settings(max_examples=100, deadline=None)
@given(RULES, RULES)
def test_other_rules_flatten_to_others(one: Rules, other: Rules) -> None:
    assert (flatten(as_ec2(one)) == flatten(as_ec2(other))) == (one == other)


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (("tcp", 443, 443, "0.0.0.0/0"), "tcp 443 from 0.0.0.0/0"),
        (("6", 443, 443, "0.0.0.0/0"), "tcp 443 from 0.0.0.0/0"),
        (("TCP", "80", "81", "sg-1"), "tcp 80-81 from sg-1"),
        (("17", 53, 53, "sg-1"), "udp 53 from sg-1"),
        (("-1", None, None, "::/0"), "all from ::/0"),
        (("-1", 0, 0, "::/0"), "all from ::/0"),
        ((-1, 0, 0, "::/0"), "all from ::/0"),
        (("all", 0, 65535, "::/0"), "all from ::/0"),
        ((None, None, None, "::/0"), "all from ::/0"),
        (("icmp", -1, -1, "::/0"), "icmp from ::/0"),
        (("58", -1, -1, "::/0"), "icmpv6 from ::/0"),
        (("icmp", 8, 0, "::/0"), "icmp 8-0 from ::/0"),
        (("50", None, None, "sg-1"), "50 0 from sg-1"),
    ],
)
def test_one_rule_in_words(args: tuple[Any, ...], text: str) -> None:
    assert rule_text(*args) == text


def test_a_peer_group_of_another_account_is_found_by_its_group() -> None:
    assert group_id("111122223333/sg-1") == group_id("sg-1") == "sg-1"


def test_a_rule_without_a_peer_is_no_rule() -> None:
    assert list(inline([{"protocol": "tcp", "from_port": 1, "to_port": 1}], OWN)) == []
    assert flatten([{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1}]) == {}
    assert flatten(None) == {}
    assert list(inline(None, OWN)) == []
    assert list(inline(["no block", None], OWN)) == []
