"""Security group rules: three ways to declare them, one union a group to compare.

A group's rules may stand inline (`ingress`, `egress`), as aws_security_group_rule, or as
aws_vpc_security_group_ingress_rule and _egress_rule. All three together are what was declared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from scanner.catalog.group_rules import Rules, group_id, inline, rule_text
from scanner.derive.matching import Match

OF_ONE_WAY = ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule")
OF_BOTH_WAYS = "aws_security_group_rule"


def group_rules(matches: Sequence[Match]) -> Mapping[tuple[str, str], Rules]:
    """For each declared group and direction the union of all its declared rules."""
    unions: dict[tuple[str, str], Rules] = {}
    groups: dict[str, str] = {}
    for match in matches:
        if match.type in ("aws_security_group", "aws_default_security_group") and match.resource:
            groups[match.declared.id] = match.resource.resource
            for direction in ("ingress", "egress"):
                blocks = match.declared.attributes.get(direction)
                if blocks is None:
                    continue
                unions[match.resource.resource, direction] = dict(inline(blocks, match.declared.id))
    for direction, found in _separate(matches).items():
        for group, rules in found.items():
            if group in groups:
                key = (groups[group], direction)
                unions[key] = {**unions.get(key, {}), **rules}
    return unions


def _separate(matches: Sequence[Match]) -> Mapping[str, Mapping[str, Rules]]:
    found: dict[str, dict[str, Rules]] = defaultdict(lambda: defaultdict(dict))
    for match in matches:
        kind = match.declared.type
        if kind not in (*OF_ONE_WAY, OF_BOTH_WAYS) or match.declared.deposed:
            continue
        a = match.declared.attributes
        group = str(a.get("security_group_id") or "")
        if not group:
            continue
        if kind in OF_ONE_WAY:
            direction = "ingress" if "ingress" in kind else "egress"
            peers = ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id")
            for peer in peers:
                if a.get(peer):
                    value = group_id(a[peer]) if "group" in peer else str(a[peer])
                    text = rule_text(
                        a.get("ip_protocol"), a.get("from_port"), a.get("to_port"), value
                    )
                    found[direction][group][text] = None
        else:
            block = {**a, "security_groups": [s for s in [a.get("source_security_group_id")] if s]}
            for text, _ in inline([block], group):
                found[str(a.get("type"))][group][text] = None
    return found


def rules_differ(wanted: Rules, found: Rules) -> tuple[list[str], list[str], bool]:
    """Both sides as sorted lines, and whether they differ; a rule's own resource owns its text."""

    def line(rule: str, description: str | None, other: Rules) -> str:
        shown = description if description and wanted.get(rule) is not None else ""
        return f"{rule} ({shown})" if shown else rule

    left = sorted(line(rule, text, found) for rule, text in wanted.items())
    right = sorted(line(rule, text, wanted) for rule, text in found.items())
    return left, right, left != right
