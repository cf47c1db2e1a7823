"""How an owner hands over what is not theirs: one step a way by which it came to them."""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from scanner.model import OWNER_ROLES, Finding, Report

AT_ONCE = 20
"""Resources that one TagResources takes."""

_KEY = re.compile(r"tag ([\w.:/=+@-]+)")


@dataclass(frozen=True, slots=True)
class RoleTally:
    """What a team answers for in one role."""

    name: str
    resources: int
    named: int
    """Where it is named for the role; elsewhere it has it as the owner."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, and a command where there is one."""

    says: str
    command: str = ""


SAYS = {
    "tag": "Named by a tag: write the other team there, in the declaration where there is one, else with",
    "stack": "Named by the tags of a CloudFormation stack: update the stack with the other team's tag.",
    "codeowners": "Named by a line of CODEOWNERS: change it with the other team's review.",
    "catalogue": "Named in the catalogue: change spec.owner of the entity.",
    "parent": "Taken over from what it belongs to: hand that over, or give the resource a tag of its own.",
    "declared": "Asked because the declaration has a tag that AWS has not: apply it, or correct it.",
    "creator": "Asked because somebody of yours made it: tag it with the team that answers.",
    "account": "Asked as the owner of the account: tag it with the team that answers.",
    "fallback": "Asked because nobody answers: find who does, and tag it for them.",
}
"""What to do about each way."""


def roles(report: Report, team: str | None) -> tuple[RoleTally, ...]:
    """What the team answers for among the resources with findings that still matter."""
    seen: dict[str, dict[str, bool]] = {role: {} for role in OWNER_ROLES}
    for finding in report.findings:
        for role, answer in finding.roles.items():
            if finding.status != "gone" and team and answer.team == team and role in seen:
                seen[role][finding.resource] = answer.own
    found = (RoleTally(role, len(held), sum(held.values())) for role, held in seen.items())
    return tuple(tally for tally in found if tally.resources)


def steps(findings: Sequence[Finding]) -> tuple[Step, ...]:
    """One step for each way in which these findings came."""
    ways: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        ways[finding.owner.source].append(finding)
    return tuple(
        Step(says, _command(ways[way]) if way == "tag" else "")
        for way, says in SAYS.items()
        if way in ways
    )


def _command(findings: Sequence[Finding]) -> str:
    """TagResources for the first resources of one region that have an ARN it takes."""
    fit = [f for f in findings if f.resource.startswith("arn:") and ":iam:" not in f.resource]
    if not fit:
        return ""
    region = fit[0].region
    arns = list(dict.fromkeys(f.resource for f in fit if f.region == region))[:AT_ONCE]
    named = _KEY.fullmatch(fit[0].owner.via)
    key = shlex.quote(named[1] if named else "team")
    where = "us-east-1" if region == "global" else region
    listed = " ".join(map(shlex.quote, arns))
    return (
        f"aws resourcegroupstaggingapi tag-resources --region {shlex.quote(where)} "
        f"--tags {key}=TEAM --resource-arn-list {listed}"
    )
