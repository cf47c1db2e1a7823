"""A group's rules may be declared in three styles at once: the union is what was declared."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.catalog.group_rules import Rules, flatten
from scanner.declared import Declared
from scanner.derive.rules_union import group_rules, rules_differ

from .made import actual, compared, declared, matched

GROUP = "aws_security_group"
RULES = st.lists(
    st.tuples(
        st.sampled_from(["tcp", "udp", "-1"]),
        st.integers(1, 4),
        st.sampled_from(["10.0.0.0/8", "::/0", "pl-1", "sg-2", "self"]),
    ),
    unique=True,
    max_size=6,
)
Rule = tuple[str, int, str]


def own(peer: str) -> str:
    return "sg-1" if peer == "self" else peer


def field(peer: str, names: dict[str, str]) -> str:
    start = {"1": "ipv4", ":": "ipv6", "p": "prefix", "s": "group"}[peer[0]]
    return names[start]


def permission(rule: Rule) -> dict[str, Any]:
    protocol, port, peer = rule
    ports = {} if protocol == "-1" else {"FromPort": port, "ToPort": port}
    names = {
        "ipv4": "IpRanges CidrIp",
        "ipv6": "Ipv6Ranges CidrIpv6",
        "prefix": "PrefixListIds PrefixListId",
        "group": "UserIdGroupPairs GroupId",
    }
    pairs, _, name = field(peer, names).partition(" ")
    return {"IpProtocol": protocol, **ports, pairs: [{name: own(peer)}]}


def block(rule: Rule) -> dict[str, Any]:
    protocol, port, peer = rule
    low = 0 if protocol == "-1" else port
    made: dict[str, Any] = {"protocol": protocol, "from_port": low, "to_port": low, "self": False}
    if peer == "self":
        return made | {"self": True}
    name = field(peer, {"ipv4": "cidr_blocks", "ipv6": "ipv6_cidr_blocks",
                        "prefix": "prefix_list_ids", "group": "security_groups"})  # fmt: skip
    return made | {name: [peer]}


def old_style(rule: Rule, number: int) -> Declared:
    made = block(rule)
    source = made.pop("security_groups", [None])[0]
    return declared(
        "aws_security_group_rule", f"sgrule-{number}", security_group_id="sg-1", type="ingress",
        source_security_group_id=source, **made,
    )  # fmt: skip


def new_style(rule: Rule, number: int) -> Declared:
    protocol, port, peer = rule
    port_ = None if protocol == "-1" else port
    name = field(peer, {"ipv4": "cidr_ipv4", "ipv6": "cidr_ipv6", "prefix": "prefix_list_id",
                        "group": "referenced_security_group_id"})  # fmt: skip
    return declared(
        "aws_vpc_security_group_ingress_rule", f"sgr-{number}", security_group_id="sg-1",
        ip_protocol=protocol, from_port=port_, to_port=port_, **{name: own(peer)},
    )  # fmt: skip


def union(group: Declared, *rules: Declared) -> Any:
    row = actual(GROUP, "sg-1")
    return group_rules(matched([group, *rules], [row]).matches).get((row.resource, "ingress"))


@settings(max_examples=100, deadline=None)
@given(RULES, st.randoms(use_true_random=False))
def test_however_the_rules_are_spread_over_the_styles_the_union_is_what_aws_has(
    rules: list[Rule], lot: Any
) -> None:
    inline, separate = [], []
    for number, rule in enumerate(rules):
        style = lot.randrange(3)
        if style == 0:
            inline.append(block(rule))
        else:
            separate.append((old_style if style == 1 else new_style)(rule, number))
    group = declared(GROUP, "sg-1", ingress=inline)
    wanted = union(group, *separate)
    found = flatten([permission(rule) for rule in rules])
    assert set(wanted) == set(found)
    assert rules_differ(wanted, found)[2] is False
    if found:
        fewer = dict(list(found.items())[1:])
        assert rules_differ(wanted, fewer)[2] is True


def test_a_group_that_declares_no_rules_at_all_is_not_compared() -> None:
    assert union(declared(GROUP, "sg-1", ingress=None)) is None
    assert union(declared(GROUP, "sg-1", ingress=[])) == {}


def test_rules_of_another_group_of_the_other_direction_and_leftovers_are_not_its() -> None:
    group = declared(GROUP, "sg-1", ingress=[])
    rule = {"ip_protocol": "tcp", "from_port": 1, "to_port": 1, "cidr_ipv4": "10.0.0.0/8"}
    type_ = "aws_vpc_security_group_ingress_rule"
    other = declared(type_, "a", security_group_id="sg-2", **rule)
    out = declared("aws_vpc_security_group_egress_rule", "b", security_group_id="sg-1", **rule)
    leftover = declared(type_, "c", security_group_id="sg-1", deposed="1a2b3c4d", **rule)
    assert union(group, other, out, leftover) == {}


def test_a_description_counts_where_the_group_itself_declares_it() -> None:
    found: Rules = {"tcp 1 from sg-2": "why"}
    assert rules_differ({"tcp 1 from sg-2": "why"}, found)[2] is False
    assert rules_differ({"tcp 1 from sg-2": "else"}, found)[2] is True
    assert rules_differ({"tcp 1 from sg-2": ""}, found)[2] is True
    # a rule that is a resource of its own keeps its own description
    assert rules_differ({"tcp 1 from sg-2": None}, found)[2] is False


def test_an_opened_port_is_a_change_of_the_group() -> None:
    group = declared(GROUP, "sg-1", ingress=[block(("tcp", 443, "10.0.0.0/8"))])
    opened = flatten([permission(("tcp", 443, "10.0.0.0/8")), permission(("tcp", 22, "::/0"))])
    row = actual(GROUP, "sg-1", attributes={"ingress": opened})
    matches, comparisons = compared([group], [row])
    (made,) = (c for c in comparisons if c.attribute == "ingress")
    assert (made.verdict, matches[0].status) == ("changed", "changed")
    assert made.declared == ["tcp 443 from 10.0.0.0/8"]
    assert made.actual == ["tcp 22 from ::/0", "tcp 443 from 10.0.0.0/8"]


def test_rules_that_could_not_be_read_are_unreadable() -> None:
    group = declared(GROUP, "sg-1", ingress=[])
    _, comparisons = compared([group], [actual(GROUP, "sg-1")])
    assert [c.verdict for c in comparisons if c.attribute == "ingress"] == ["unreadable"]
