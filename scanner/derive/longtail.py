"""What is known by its ARN alone, held against what is declared.

It can show that a declared instance of a type that is not collected is there, and never that one is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scanner.derive.matching import Match

VIA = {
    "cloudcontrol": "cloudcontrol:ListResources",
    "tagging": "tag:GetResources, which may name what is gone",
}


@dataclass(frozen=True, slots=True)
class Known:
    """A resource of which only the ARN is known, and whether somebody declares it."""

    resource: str
    """Its ARN."""
    type: str
    account: str
    region: str
    via: str
    state: str
    """declared | unmanaged | unknown, where a state was not read."""


def recognise(
    matches: Sequence[Match], identified: Sequence[Any], *, complete_sources: bool
) -> list[Known]:
    """Give each its state; what is found of an unsupported instance changes that instance's status."""
    by_arn = {one.arn: one for one in identified}
    declared: set[str] = set()
    for made in matches:
        if made.status != "unsupported" or not made.declared.arn:
            continue
        found = by_arn.get(made.declared.arn)
        if found is not None and found.type in ("", made.type):
            declared.add(found.arn)
            made.status = "not_compared"
            made.reason = f"{made.reason}: seen by its identifier only ({VIA[found.via]})"
    rest = "unmanaged" if complete_sources else "unknown"
    return [
        Known(
            one.arn, one.type, one.account, one.region, one.via,
            "declared" if one.arn in declared else rest,
        )
        for one in identified
    ]  # fmt: skip
