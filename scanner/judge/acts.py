"""One act told once: which findings tell of what another tells too, and which of them leads.

A rule names in its header (`same_act`) the rules whose findings about the same resource are of the act it
tells of. All stay findings, are counted and gated; an output may tell those that are led with their leader.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from scanner.model import OPEN, SEVERITIES, Finding, Rule


def told_once(findings: Sequence[Finding], rules: Mapping[str, Rule]) -> tuple[Finding, ...]:
    """The findings, each with what leads it (`told_by`) and the rules that tell of the same act (`also`).

    Only what is open leads, and only what is open and no worse is led: no waiver and no question hides any.
    """
    about: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    leading = {rule.id for rule in rules.values() if rule.same_act}
    led = {name for rule in rules.values() for name in rule.same_act}
    for finding in findings:
        if finding.rule in led and finding.status in OPEN:
            about[finding.rule, finding.resource].append(finding)
    told_by: dict[str, Finding] = {}
    also: dict[str, set[str]] = defaultdict(set)
    heads = (f for f in findings if f.rule in leading and f.status in OPEN)
    for head in sorted(heads, key=_weight):
        for name, same in rules[head.rule].same_act.items():
            resource = str(head.evidence.get(str(same.get("resource"))) or head.resource)
            for one in about[name, resource]:
                if _matches(one, head, same) and _weight(one) >= _weight(head):
                    told_by.setdefault(one.fingerprint, head)
                    also[one.fingerprint].add(head.rule)
                    also[head.fingerprint].add(name)
    return tuple(_marked(f, told_by.get(f.fingerprint), also.get(f.fingerprint)) for f in findings)


def _weight(finding: Finding) -> int:
    return SEVERITIES.index(finding.severity)


def _matches(one: Finding, head: Finding, same: Mapping[str, str | tuple[str, ...]]) -> bool:
    for column, wanted in same.items():
        if column == "resource":
            continue
        values = (head.evidence.get(wanted),) if isinstance(wanted, str) else wanted
        if one.evidence.get(column) not in values:
            return False
    return True


def _marked(finding: Finding, head: Finding | None, also: set[str] | None) -> Finding:
    told = head.fingerprint if head else ""
    rules = tuple(sorted(also or ()))
    if (told, rules) == (finding.told_by, finding.also):
        return finding
    return replace(finding, told_by=told, also=rules)
