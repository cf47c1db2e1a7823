"""The readiness card of each resource: declared, owned, permitted, watched, recoverable, and why.

In: the facts and the findings of a scan. Out: five rows a resource of people's own making, each `yes`, `no`,
`unknown`, or `none` where there is nothing to ask, with the one fact that decides it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from scanner.judge.sight import Blind
from scanner.model import OPEN, OWNER_ROLES, Finding
from scanner.seen import GLOBAL

ASPECTS = ("declared", "owned", "permitted", "watched", "recoverable")
NEEDED = ("backed_up", "readable", "recent", "deletion")
"""Questions of table `recovery` that make something recoverable, the most telling first."""
Verdict = Literal["yes", "no", "unknown", "none"]
WORST: Mapping[str, int] = {"no": 0, "unknown": 1, "yes": 2}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a card."""

    resource: str
    aspect: str
    verdict: Verdict
    fact: str


def cards(
    facts: Any,
    findings: Sequence[Finding],
    blind: Mapping[str, Sequence[Blind]],
    state_gap: str,
    proven: bool = False,
) -> Iterator[Line]:
    """Every line of every card. `blind` is what rules could not decide, by rule; `state_gap` why the declared
    side is not whole, or ``; `proven`: only what was restored before is recoverable."""
    reach, roles, recovery = _by(facts.reach), _by(facts.answers.roles), _by(facts.recovery)
    held = defaultdict(list)
    for finding in findings:
        if finding.rule.startswith("access/"):
            held[finding.resource].append(finding)
    hidden = _Hidden(blind)
    needed = (*NEEDED, "proven") if proven else NEEDED
    for resource in sorted(facts.own):
        subject = facts.subjects[resource]
        for aspect, (verdict, fact) in {
            "declared": _declared(facts.matching.classes[resource], subject.address, state_gap),
            "owned": _owned(roles.get(resource, ())),
            "permitted": _permitted(held.get(resource, ()), hidden.of(subject)),
            "watched": _watched(reach.get(resource, ())),
            "recoverable": _recoverable(recovery.get(resource, ()), needed),
        }.items():
            yield Line(resource, aspect, verdict, fact)


def counting(
    lines: Iterable[Line], counted: Counter[tuple[str, str]], kept: Mapping[str, dict[str, str]]
) -> Iterator[Line]:
    """The lines; `counted` is told of each aspect and verdict, `kept` of the verdicts of the resources it
    names."""
    for line in lines:
        counted[line.aspect, line.verdict] += 1
        if line.resource in kept:
            kept[line.resource][line.aspect] = line.verdict
        yield line


def counts(counted: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """How many resources have each verdict, by aspect."""
    return {
        a: {v: counted.get((a, v), 0) for v in ("yes", "no", "unknown", "none")} for a in ASPECTS
    }


def _by(items: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for item in items:
        found[item.resource].append(item)
    return found


def _declared(class_: str, address: str | None, state_gap: str) -> tuple[Verdict, str]:
    if class_ in ("declared", "double_declared"):
        return "yes", f"declared as {address}" if address else "declared"
    if class_ == "unmanaged":
        return "no", "no Terraform state declares it"
    if class_ == "unknown":
        return "unknown", state_gap or "what declares it could not be read"
    return "none", "nobody declares what belongs to another resource, or is there by default"


def _owned(roles: Sequence[Any]) -> tuple[Verdict, str]:
    """By the role that decides: all four must be held by somebody who can answer."""
    if not roles:
        return "unknown", "who answers for it was not found out"
    ordered = sorted(roles, key=lambda role: OWNER_ROLES.index(role.role))
    for role in ordered:
        if role.state not in ("valid", "inherited", "unread", "untaggable"):
            who = f"{role.via}" if role.via else "nobody is named"
            return "no", f"the {role.role} owner is {role.state}: {who}"
    for role in ordered:
        if role.state == "unread":
            return "unknown", f"the {role.role} owner was not read"
    if any(role.team is None for role in ordered):
        return "none", "it cannot be tagged, and it belongs to nothing that says who answers"
    teams = sorted({str(role.team) for role in ordered})
    return "yes", f"{', '.join(teams)} in all four roles ({ordered[0].via})"


def _permitted(held: Sequence[Finding], hidden: str) -> tuple[Verdict, str]:
    found = sorted((f for f in held if f.status in OPEN), key=lambda f: (f.rule, f.says))
    if found:
        return "no", f"{found[0].rule}: {found[0].says}"
    asked = [f for f in held if f.status == "unknown"]
    if asked or hidden:
        return "unknown", asked[0].unknown_because if asked else hidden
    return "yes", "no access rule finds anything"


def _watched(reach: Sequence[Any]) -> tuple[Verdict, str]:
    if not reach:
        return "none", "no alarm is asked for at this alarm_tier"
    ordered = sorted(reach, key=lambda r: (WORST[r.verdict], r.tier, r.intent))
    first = ordered[0]
    if first.verdict == "yes":
        return "yes", f"somebody hears when it {first.happens}: {first.says}"
    if first.verdict == "no":
        return "no", f"nobody hears when it {first.happens}: {first.says}"
    return "unknown", f"whether anybody hears when it {first.happens}: {first.says}"


def _recoverable(answers: Sequence[Any], needed: Sequence[str]) -> tuple[Verdict, str]:
    asked = {answer.question: answer for answer in answers if answer.question in needed}
    if not asked:
        return "none", "nothing is asked of bringing it back"
    ordered = sorted(asked.values(), key=lambda a: (WORST[a.verdict], needed.index(a.question)))
    first = ordered[0]
    if first.verdict == "yes" and "recent" in asked:
        return "yes", asked["recent"].says
    return first.verdict, first.says


class _Hidden:
    """Where rules about access could not see."""

    def __init__(self, blind: Mapping[str, Sequence[Blind]]) -> None:
        self._scopes: dict[tuple[str, str], str] = {}
        self._single: dict[tuple[str, str, str], str] = {}
        for rule in sorted(blind):
            if rule.startswith("access/"):
                for place in blind[rule]:
                    if place.resource_id:
                        # of whatever type: a bucket's policy has the bucket's id
                        key = (place.account, place.region, place.resource_id)
                        self._single.setdefault(key, place.reason)
                    else:
                        self._scopes.setdefault((place.account, place.region), place.reason)

    def of(self, subject: Any) -> str:
        """Why something about the access to a resource may not have been seen, or ``."""
        # what is listed for all regions at once could not be seen in none of them
        for region in (subject.region, GLOBAL):
            why = self._single.get((subject.account, region, subject.id))
            why = why or self._scopes.get((subject.account, region))
            if why:
                return why
        return ""
