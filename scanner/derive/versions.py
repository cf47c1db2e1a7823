"""Earlier versions of policies: whether bringing one back would allow more than the policy does now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scanner.derive.widening import way


@dataclass(frozen=True, slots=True)
class Version:
    """One earlier version of a policy."""

    policy: str
    version: str
    wider: bool
    """It allows something that the version in use does not, or denies less."""


def versions(rows: Sequence[Any]) -> list[Version]:
    """The earlier versions of every policy whose documents were read."""
    found = []
    for row in rows:
        if (
            row.type != "aws_iam_policy"
            or not {"policy", "earlier_versions"} <= row.attributes.keys()
        ):
            continue
        now = row.attributes["policy"]
        for earlier in row.attributes["earlier_versions"]:
            wider = way(now, earlier["policy"]) == "wider"
            found.append(Version(row.resource, str(earlier["id"]), wider))
    return sorted(found, key=lambda v: (v.policy, v.version))
