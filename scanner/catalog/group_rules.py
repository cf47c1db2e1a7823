"""Security group rules, flattened: whatever the style, a rule is protocol, ports and one peer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Rules = dict[str, str | None]
"""Flattened rule to its description; None where the description is not the group's to compare."""

_NUMBERS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
_CIDRS = ("cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids")


def _protocol(value: Any) -> str:
    text = str(value if value is not None else "-1").lower()
    text = _NUMBERS.get(text, text)
    return "all" if text in ("-1", "all") else text


def _port(value: Any) -> Any:
    """A number however it is written; what is none stays itself, and so differs from every port."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return str(value)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def traffic(protocol: Any, low: Any, high: Any) -> str:
    """Protocol and ports in words, the same for every way of writing them."""
    name = _protocol(protocol)
    if name == "all":
        return name
    low = 0 if low is None else _port(low)
    high = low if high is None else _port(high)
    if name.startswith("icmp") and (low, high) == (-1, -1):
        return name
    return f"{name} {low if low == high else f'{low}-{high}'}"


def rule_text(protocol: Any, low: Any, high: Any, peer: str) -> str:
    """One rule in words."""
    return f"{traffic(protocol, low, high)} from {peer}"


def group_id(peer: Any) -> str:
    """The id of a peer group that may be written as account/group."""
    return str(peer).rsplit("/", 1)[-1]


def inline(blocks: Any, own: str) -> Iterator[tuple[str, str]]:
    """Declared `ingress` or `egress` blocks as flattened rules with their descriptions."""
    for block in _list(blocks):
        if not isinstance(block, Mapping):
            continue
        peers = [str(peer) for name in _CIDRS for peer in _list(block.get(name))]
        peers += [group_id(peer) for peer in _list(block.get("security_groups"))]
        if block.get("self"):
            peers.append(own)
        for peer in peers:
            text = rule_text(
                block.get("protocol"), block.get("from_port"), block.get("to_port"), peer
            )
            yield text, str(block.get("description") or "")


def flatten(permissions: Any) -> Rules:
    """EC2's IpPermissions of one group as flattened rules."""
    rules: Rules = {}
    for permission in permissions or []:
        proto, low, high = (permission.get(k) for k in ("IpProtocol", "FromPort", "ToPort"))
        for pairs, key in (
            ("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6"),
            ("PrefixListIds", "PrefixListId"), ("UserIdGroupPairs", "GroupId"),
        ):  # fmt: skip
            for peer in permission.get(pairs) or []:
                rules[rule_text(proto, low, high, str(peer.get(key)))] = str(
                    peer.get("Description") or ""
                )
    return rules
