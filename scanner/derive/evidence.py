"""Terraform's own verdict beside ours: where they agree, and why not where they do not.

In: what a refresh-only plan calls drift (declared/plan.py) and the report of a finished scan. Out: every
attribute of every address that either calls changed, agreed or with its reason (derive/reasons.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.derive.reasons import (
    COMPUTED_ONLY,
    DISAGREEMENT,
    EQUIVALENT,
    GONE,
    MIRROR,
    NOT_COLLECTED,
    REASONS,
    Reasons,
    feeds,
    own_arn,
)
from scanner.errors import ReportError
from scanner.model import Finding, Report

CHANGED_RULE, MISSING_RULE = "drift/changed-attribute", "drift/missing-resource"
SAID = ("new", "standing", "waived")
TOLD_ELSEWHERE = frozenset({COMPUTED_ONLY, NOT_COLLECTED, MIRROR, EQUIVALENT})
"""Out of the recall: nobody can configure it, its own resource tells it, or it says the same."""

Said = dict[tuple[str, str], Finding]
"""Findings by the plan's address and our attribute."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One attribute of one address that at least one of both calls changed."""

    address: str
    type: str
    attribute: str
    """Top-level, or `<gone>` for the whole object."""
    reason: str = ""
    """`` where both agree, else one of REASONS."""
    detail: str = ""
    fingerprint: str = ""
    """Of our finding, where there is one."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One plan beside one scan."""

    source: str
    terraform_version: str
    made: str
    """When the plan was made; `` where it does not say."""
    agreed: tuple[Pair, ...]
    only_terraform: tuple[Pair, ...]
    only_watchbill: tuple[Pair, ...]
    elsewhere: tuple[Pair, ...]
    """Our findings about addresses that this plan does not hold: another state's, and not compared."""

    @property
    def disagreements(self) -> int:
        """How many nothing explains."""
        pairs = (*self.only_terraform, *self.only_watchbill)
        return sum(pair.reason == DISAGREEMENT for pair in pairs)

    @property
    def counted(self) -> int:
        """What Terraform calls changed of the configurable attributes of collected types, told once."""
        others = sum(pair.reason not in TOLD_ELSEWHERE for pair in self.only_terraform)
        return len(self.agreed) + others

    @property
    def recall(self) -> float | None:
        """The part of that which we call changed too; None where there is nothing to count."""
        return len(self.agreed) / self.counted if self.counted else None

    @property
    def precision(self) -> float | None:
        """The part of what we call changed that Terraform calls changed too."""
        ours = len(self.agreed) + len(self.only_watchbill)
        return len(self.agreed) / ours if ours else None


def weigh(plan: Any, report: Report, ignored_tags: Sequence[str] = ()) -> Evidence:
    """The verdict of `plan` (a declared.plan.Plan) beside that of the scan.

    Raises ReportError where the scan has no verdict: no state was read, or the rules did not run.
    """
    _has_verdict(report)
    said, unknown, elsewhere = _ours(plan, report)
    reasons = Reasons(plan, report, ignored_tags)
    agreed: list[Pair] = []
    only_terraform: list[Pair] = []
    confirmed: set[tuple[str, str]] = set()
    for drift in sorted(plan.drift, key=lambda one: str(one.previous)):
        for name in _names(drift):
            keys = [(drift.previous, ours) for ours in feeds(drift, name)]
            found = [said[key] for key in keys if key in said]
            confirmed.update(keys)
            if found:
                fingerprint = found[0].fingerprint
                agreed.append(Pair(drift.previous, drift.type, name, fingerprint=fingerprint))
                continue
            undecided = next((unknown[k].unknown_because for k in keys if k in unknown), "")
            # findings about this plan's state show that the scan read it
            reason = reasons.of(drift, name, undecided, state_read=bool(said))
            only_terraform.append(Pair(drift.previous, drift.type, name, *reason))
    return Evidence(
        source=plan.source,
        terraform_version=plan.terraform_version,
        made=plan.made,
        agreed=tuple(agreed),
        only_terraform=tuple(sorted(only_terraform, key=lambda p: REASONS.index(p.reason))),
        only_watchbill=tuple(
            Pair(address, finding.type, name, DISAGREEMENT, fingerprint=finding.fingerprint)
            for (address, name), finding in sorted(said.items(), key=lambda item: item[0])
            if (address, name) not in confirmed
        ),
        elsewhere=elsewhere,
    )


def _has_verdict(report: Report) -> None:
    if not any(source.status == "ok" for source in report.sources):
        raise ReportError(
            f"scan {report.scan.id} read no state, so it says nothing of drift",
            hint="scan with --state, or name another scan with --scan",
        )
    failed = {f.id for f in report.findings if f.type == "watchbill_rule" and f.status in SAID}
    for rule in (CHANGED_RULE, MISSING_RULE):
        if rule in failed or rule not in {ran.id for ran in report.rules}:
            raise ReportError(
                f"scan {report.scan.id} has no answer of {rule}",
                hint="take the rule out of `disable`, scan again, and compare that scan",
            )


def _ours(plan: Any, report: Report) -> tuple[Said, Said, tuple[Pair, ...]]:
    """Our findings: what is said of this plan's objects, what is undecided, what is about others."""
    several = sum(source.status == "ok" for source in report.sources) > 1
    by_address = {one.address: one for one in plan.objects}
    by_arn = {arn: one for one in plan.objects if (arn := own_arn(one.type, one.attributes))}
    said: Said = {}
    unknown: Said = {}
    elsewhere = []
    for finding in report.findings:
        if finding.rule not in (CHANGED_RULE, MISSING_RULE) or finding.status == "gone":
            continue
        name = GONE if finding.rule == MISSING_RULE else str(finding.evidence["attribute"])
        one = by_address.get(finding.address or "")
        if one is None or (several and _another(one, finding)):
            # what two states declare is told once, at one of its addresses
            one = by_arn.get(finding.resource)
        if one is not None:
            (said if finding.status in SAID else unknown)[one.address, name] = finding
        elif finding.status in SAID:
            address, fingerprint = finding.address or "", finding.fingerprint
            elsewhere.append(Pair(address, finding.type, name, fingerprint=fingerprint))
    return said, unknown, tuple(elsewhere)


def _another(one: Any, finding: Finding) -> bool:
    """Whether the finding is about another state's resource that has the same address."""
    arn = own_arn(one.type, one.attributes)
    if arn and finding.resource.startswith("arn:"):
        return arn.removesuffix(":*") != finding.resource.removesuffix(":*")
    return str(one.attributes.get("id")) != finding.id


def _names(drift: Any) -> list[str]:
    """What Terraform calls changed. `tags_all` is `tags` and the provider's default_tags: told once."""
    if drift.gone:
        return [GONE]
    names = set(drift.changed)
    if "tags_all" in names and "tags" in _both(drift):
        names = names - {"tags_all"} | {"tags"}
    return sorted(names)


def _both(drift: Any) -> Mapping[str, Any]:
    return {**drift.before, **drift.after}
