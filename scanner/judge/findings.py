"""From the rows of the rules to findings: named, owned, aged, and honest about what was not seen."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from scanner.judge.load import ABOUT, HOLE
from scanner.judge.run import Answer
from scanner.judge.sight import Sight
from scanner.model import SEVERITIES, STATUSES, Finding, Owner, Rule, Status
from scanner.subject import Subject

NO_OWNER = Owner(None, "", "missing")
EMPTY: Mapping[str, Any] = {}
OURS = frozenset({"searched", "not_searched", "monthly_cost"})
"""Evidence columns that say where we looked and what we know of prices: the problem stays the same."""


def fingerprint(subject: Subject, rule: str, identity: Sequence[Any]) -> str:
    """24 hex digits of what a finding is about: no names, no times, no line numbers."""
    parts = [subject.account, subject.region, subject.type, subject.id, rule, *identity]
    return hashlib.sha256(_canonical(parts).encode()).hexdigest()[:24]


_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
"""Of json.dumps each call with settings would make the encoder anew."""
_readable = json.JSONEncoder(sort_keys=True, default=str).encode


def evidence_hash(rule: Rule, evidence: Mapping[str, Any]) -> str:
    """16 hex digits of the evidence without what varies by itself."""
    left_out = {*rule.varies, rule.undecided, *OURS}
    kept = {name: value for name, value in evidence.items() if name not in left_out}
    return hashlib.sha256(_canonical(kept).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def text(template: str, values: Mapping[str, Any]) -> str:
    """A sentence with its holes filled; `{x!sh}` and `{x!hcl}` are safe to paste there."""

    def one(hole: Any) -> str:
        value = values.get(hole[1])
        shown = plain(value)
        if hole[2] == "sh":
            return shlex.quote(shown)
        if hole[2] == "hcl":
            quoted = json.dumps(shown, ensure_ascii=False)
            return quoted.replace("${", "$${").replace("%{", "%%{")
        return shown

    return HOLE.sub(one, template)


def plain(value: Any) -> str:
    """A value as a word in a sentence."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return ", ".join(plain(item) for item in value) if value else "nothing"
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    return str(value)


def findings_of(
    rule: Rule,
    answer: Answer,
    subjects: Mapping[str, Subject],
    owners: Mapping[str, Owner],
    sight: Sight,
    now: str,
) -> list[Finding]:
    """The findings of one rule. A rule that failed is itself one critical finding."""
    if answer.error:
        return [failed(rule, answer.error, now)]
    if not sight.asked(rule):
        return []
    found: dict[str, Finding] = {}
    broken = ""
    for row in answer.rows:
        resource = str(row["resource"])
        subject = subjects.get(resource)
        if subject is None:
            broken = broken or f"it names {resource}, which is no resource of this scan"
            continue
        evidence = {name: row[name] for name in sorted(rule.evidence)}
        print_ = fingerprint(subject, rule.id, [row[name] for name in rule.identity])
        if print_ in found:
            broken = broken or f"two rows have one identity: {resource}"
            continue
        found[print_] = _finding(rule, subject, evidence, print_, owners, sight, now)
    # what it did find stands; that it broke its promise is told beside it
    return [*found.values(), *([failed(rule, broken, now)] if broken else [])]


def _finding(
    rule: Rule,
    subject: Subject,
    evidence: Mapping[str, Any],
    print_: str,
    owners: Mapping[str, Owner],
    sight: Sight,
    now: str,
) -> Finding:
    about = {name: getattr(subject, name) for name in ABOUT}
    own = evidence.get(rule.severities) if rule.severities else None
    why_not = sight.undecided(rule, subject)
    if rule.undecided and not why_not:
        why_not = str(evidence[rule.undecided] or "")
    return Finding(
        fingerprint=print_,
        rule=rule.id,
        severity=own if own in SEVERITIES else rule.severity,
        status="unknown" if why_not else "new",
        resource=subject.resource,
        type=subject.type,
        id=subject.id,
        name=subject.name,
        account=subject.account,
        region=subject.region,
        address=subject.address,
        owner=owners.get(subject.resource, NO_OWNER),
        says=text(rule.says, {**about, **evidence}),
        evidence=evidence,
        first_seen=now,
        earliest=now,
        fix=text(rule.fix, {**about, **evidence}),
        unknown_because=why_not,
        evidence_hash=evidence_hash(rule, evidence),
    )


def failed(rule: Rule, problem: str, now: str) -> Finding:
    """The finding that a rule could not be run: silence would look like `nothing found`."""
    subject = Subject(f"watchbill/rule/{rule.id}", "watchbill_rule", rule.id, rule.id, "", "", None)
    return Finding(
        fingerprint=fingerprint(subject, rule.id, ["failed"]),
        rule=rule.id,
        severity="critical",
        status="new",
        resource=subject.resource,
        type=subject.type,
        id=subject.id,
        name=subject.name,
        account="",
        region="",
        address=None,
        owner=NO_OWNER,
        says=f"the rule {rule.id} failed, so nothing it looks for was looked for: {problem}",
        evidence={"error": problem},
        first_seen=now,
        earliest=now,
        fix=f"Run `watchbill rules test {rule.id}` and mend the rule.",
    )


def aged(
    current: Iterable[Finding],
    previous: Iterable[Finding],
    unseen: Any,
    then: str = "",
    known: Mapping[str, Any] = EMPTY,
) -> tuple[Finding, ...]:
    """Current findings with their age, and previous ones that went or could not be looked at.

    `unseen(finding)` says why a previous finding could not be looked at this time, or ``: such a finding
    keeps its age and is neither fixed nor new. `then` is the moment of the previous scan: a finding that
    was first seen then and was unknown has never been a fact, so it has no age and does not go. `known`
    is what the store's history says by fingerprint (store.recording.Known).
    """
    before = {f.fingerprint: f for f in previous if f.status != "gone"}
    result: list[Finding] = []
    for finding in current:
        old = before.pop(finding.fingerprint, None)
        if old is None or _never_a_fact(old, then):
            result.append(_came(finding, known.get(finding.fingerprint)))
            continue
        status: Status = finding.status if finding.status == "unknown" else "standing"
        result.append(
            replace(
                finding,
                status=status,
                first_seen=old.first_seen,
                earliest=old.earliest or old.first_seen,
                reopened=old.reopened,
            )
        )
    for old in before.values():
        if _never_a_fact(old, then):
            continue
        why_not = unseen(old)
        if why_not:
            result.append(replace(old, status="unknown", unknown_because=why_not))
        else:
            result.append(replace(old, status="gone", unknown_because=""))
    return tuple(sorted(result, key=order))


def _came(finding: Finding, before: Any) -> Finding:
    """A finding that the last scan did not have, new or back."""
    if before is None or finding.status == "unknown":
        known = finding.earliest == finding.first_seen
        return finding if known else replace(finding, earliest=finding.first_seen)
    if before.status == "gone":
        return replace(finding, earliest=before.earliest, reopened=before.reopened + 1)
    return replace(
        finding,
        status="standing",
        first_seen=before.first_seen,
        earliest=before.earliest,
        reopened=before.reopened,
    )


def _never_a_fact(old: Finding, then: str) -> bool:
    return old.status == "unknown" and old.first_seen == then


def order(finding: Finding) -> tuple[Any, ...]:
    """The order of findings in every output: what must be read first comes first."""
    return (
        SEVERITIES.index(finding.severity),
        finding.rule,
        STATUSES.index(finding.status),
        finding.resource,
        _readable(finding.evidence),
        finding.fingerprint,
    )
