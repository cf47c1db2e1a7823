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


def reverts(row: Any) -> str | None:
    """What an earlier version would allow beyond a policy: `all`, `more`, `none`; None where not known."""
    if not {"policy", "earlier_versions"} <= row.attributes.keys():
        return None
    earlier = [each["policy"] for each in row.attributes["earlier_versions"]]
    if any(_everything(policy) for policy in earlier):
        return "all"
    ways = {way(row.attributes["policy"], policy) for policy in earlier}
    # of a version by exclusion it is not said which way it differs
    return "more" if ways & {"wider", ""} else "none"


def _everything(policy: Any) -> bool:
    """Whether a document allows all, and denies nothing."""
    statements = (policy or {}).get("Statement", ())
    whole = {"Effect": "Allow", "Action": ["*"], "Resource": ["*"]}
    return whole in statements and all(s.get("Effect") == "Allow" for s in statements)


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
