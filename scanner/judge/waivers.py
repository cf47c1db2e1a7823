"""Which findings a waiver excuses, and what became of each waiver.

A waiver holds for a finding up to and with its last day, UTC, and never longer than MOST_DAYS after it was
approved, by the finding's own severity. What it excuses stays in the report, as `waived`. One that has
expired hides nothing: the finding comes back one severity worse.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fnmatch import translate
from functools import lru_cache
from typing import Any

from scanner.model import SEVERITIES, Finding, Severity
from scanner.waiver import Waived, Waiver, WaiverUse

MOST_DAYS: Mapping[Severity, int] = {"critical": 30, "high": 90, "medium": 365, "low": 365}
EXPIRING_DAYS = 14
SELVES = "waivers"
"""The table that the rules about waivers read."""
RULE_TYPE = "watchbill_rule"
"""What a finding is about that says a rule failed: no waiver reaches it."""
WAIVER_TYPE = "watchbill_waiver"

Tags = Mapping[str, Mapping[str, str]]


def same_person(one: str, other: str) -> bool:
    """Whether two names are one, however they are written."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split()).removeprefix("@")


def matches(waiver: Waiver, finding: Finding, tags: Tags) -> bool:
    """Whether a finding falls under a waiver, whatever the day."""
    if waiver.rule != finding.rule or finding.type == RULE_TYPE:
        return False
    return all(_holds(key, wanted, finding, tags) for key, wanted in waiver.match.items())


def _holds(key: str, wanted: Any, finding: Finding, tags: Tags) -> bool:
    if key == "tag":
        own = tags.get(finding.resource, {})
        return all(own.get(name) == value for name, value in wanted.items())
    if key == "glob":
        return bool(_glob(wanted).match(finding.resource))
    if key == "action":
        # every action of the finding: one that allows more than the waiver speaks of is another one
        found = finding.evidence.get("actions", finding.evidence.get("action"))
        return found == wanted or (isinstance(found, (list, tuple)) and {*found} == {wanted})
    if key == "principal":
        return bool(finding.evidence.get("principal", finding.resource) == wanted)
    return bool(
        wanted
        == {
            "arn": finding.resource,
            "fingerprint": finding.fingerprint,
            "account": finding.account,
            "region": finding.region,
            "attribute": finding.evidence.get("attribute"),
        }[key]
    )


@lru_cache(maxsize=4096)
def _glob(pattern: str) -> re.Pattern[str]:
    """The whole text: `*` is any run of characters, `?` one, and nothing else is special."""
    return re.compile(translate(pattern.replace("[", "[[]")))


_UNLIKE = (
    "arn:aws:s3:::b", "arn:aws:iam::123456789012:role/r", "arn:aws:sqs:eu-west-1:123456789012:q",
)  # fmt: skip


def matches_all(glob: str) -> bool:
    """Whether a glob takes names that have nothing in common."""
    return all(_glob(glob).match(name) for name in _UNLIKE)


def last_day(waiver: Waiver, severity: Severity) -> date:
    """The last day on which it excuses a finding of this severity."""
    longest = date.fromisoformat(waiver.created) + timedelta(days=MOST_DAYS[severity])
    return min(date.fromisoformat(waiver.expires), longest)


def bare(finding: Finding) -> Finding:
    """The finding as it was before a waiver had to do with it."""
    if finding.waiver is None:
        return finding
    return replace(finding, severity=finding.waiver.severity, waiver=None)


def excuse(
    findings: Iterable[Finding], waivers: Sequence[Waiver], tags: Tags, today: date
) -> tuple[list[Finding], Mapping[str, list[Finding]]]:
    """The findings with the waiver that each falls under, and the findings of each waiver's id.

    The order of the waivers does not matter: of several, the one that holds longest counts.
    """
    by_rule: dict[str, list[Waiver]] = defaultdict(list)
    for waiver in waivers:
        by_rule[waiver.rule].append(waiver)
    under: dict[str, list[Finding]] = defaultdict(list)
    result = []
    for finding in map(bare, findings):
        found = [w for w in by_rule.get(finding.rule, ()) if matches(w, finding, tags)]
        if found and finding.status != "gone":
            best = max(
                (_waived(waiver, finding, today) for waiver in found),
                key=lambda waived: (waived.holds, waived.expires, waived.id),
            )
            finding = _under(finding, best, today)
            for waiver in found:
                under[waiver.id].append(finding)
        result.append(finding)
    return result, under


def _waived(waiver: Waiver, finding: Finding, today: date) -> Waived:
    last, severity = last_day(waiver, finding.severity), finding.severity
    note = ""
    if today > last:
        days = (today - last).days
        note = f"waiver {waiver.id} expired {days} day{'' if days == 1 else 's'} ago"
        if last.isoformat() < waiver.expires:
            note += f": a {severity} finding is excused for {MOST_DAYS[severity]} days at most"
    elif severity == "critical" and same_person(waiver.requested_by, waiver.approved_by):
        note = f"waiver {waiver.id} was approved by who asked for it, on a critical finding"
    elif waiver.evidence and waiver.evidence != finding.evidence_hash:
        note = f"waiver {waiver.id} was approved on other evidence than there is now"
    return Waived(
        id=waiver.id,
        owner=waiver.owner,
        approved_by=waiver.approved_by,
        category=waiver.category,
        reason=waiver.reason,
        expires=last.isoformat(),
        holds=not note,
        note=note,
        severity=severity,
    )


def _under(finding: Finding, waived: Waived, today: date) -> Finding:
    if waived.holds:
        # what could not be looked at stays unknown; it was neither confirmed nor fixed
        status = finding.status if finding.status == "unknown" else "waived"
        return replace(finding, status=status, waiver=waived)
    severity = finding.severity
    if waived.expires < today.isoformat():
        severity = SEVERITIES[max(0, SEVERITIES.index(severity) - 1)]
    return replace(finding, severity=severity, waiver=waived)


def seen(waiver: Waiver, blind: Iterable[Any], scopes: Iterable[tuple[str, str]]) -> bool:
    """Whether this scan looked wherever the waiver could have something to excuse."""
    account, region = _place(waiver)
    scopes = list(scopes)
    if account and account not in {a for a, _ in scopes}:
        return False
    if region and region not in {r for _, r in scopes}:
        return False
    return not any(
        (not account or place.account == account)
        and (not region or place.region in (region, "global"))
        for place in blind
    )


def _place(waiver: Waiver) -> tuple[str, str]:
    """The account and region a waiver is about, each `` where it names none."""
    name = str(waiver.match.get("arn") or waiver.match.get("glob") or "")
    parts = name.split(":", 5)
    if parts[0] == "arn" and len(parts) == 6:
        region, account = parts[3], parts[4]
    else:
        parts = name.split("/", 3)
        account, region = (parts[0], parts[1]) if len(parts) == 4 else ("", "")
    account, region = ("" if re.search(r"[*?]", text) else text for text in (account, region))
    return str(waiver.match.get("account") or account), str(waiver.match.get("region") or region)


def uses(
    waivers: Sequence[Waiver],
    under: Mapping[str, Sequence[Finding]],
    looked: Mapping[str, bool],
    before: Iterable[WaiverUse],
    today: date,
) -> tuple[WaiverUse, ...]:
    """What became of each waiver; `looked` says by id whether it could have been seen at work."""
    known = {use.waiver.id: use for use in before}
    result = []
    for waiver in waivers:
        found = under.get(waiver.id, ())
        left = (date.fromisoformat(waiver.expires) - today).days
        old = known.get(waiver.id)
        moved = old is not None and waiver.expires > old.waiver.expires
        result.append(
            WaiverUse(
                waiver=waiver,
                state=_state(left, len(found), looked[waiver.id]),
                days_left=left,
                hides=tuple(
                    f.fingerprint
                    for f in found
                    if f.waiver and f.waiver.holds and f.waiver.id == waiver.id
                ),
                falls_under=len(found),
                renewals=(old.renewals if old else 0) + moved,
            )
        )
    return tuple(result)


def _state(left: int, found: int, looked: bool) -> str:
    if left < 0:
        return "expired"
    if not found:
        return "unused" if looked else "not seen"
    return "expiring" if left <= EXPIRING_DAYS else "in force"


def rows(
    found: Iterable[WaiverUse],
    under: Mapping[str, Sequence[Finding]],
    known: Mapping[str, bool],
    now: str,
) -> list[dict[str, Any]]:
    """The table `waivers`; `known` says of an owner whether the directory has it, where there is one."""
    return [
        {
            "resource": f"watchbill/waiver/{use.waiver.id}",
            **{
                name: getattr(use.waiver, name)
                for name in ("id", "rule", "category", "owner", "approved_by", "ticket", "created")
            },
            "expires": use.waiver.expires,
            "written": use.waiver.where,
            "days_left": use.days_left,
            "falls_under": use.falls_under,
            "hides": len(use.hides),
            "looked": use.state != "not seen",
            "changed": any(
                use.waiver.evidence not in ("", f.evidence_hash)
                for f in under.get(use.waiver.id, ())
            ),
            "owner_known": known.get(use.waiver.owner),
            "renewals": use.renewals,
            "seen_at": now,
        }
        for use in found
    ]
