"""What a statement's Condition asks for: what can be decided is decided, the rest is named.

A date in aws:CurrentTime, aws:EpochTime or aws:TokenIssueTime gives the time within which the statement
holds; iam:PassedToService names services; whatever else is asked for makes the statement conditional,
with its kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

KINDS: Mapping[str, str] = {
    "aws:multifactorauthpresent": "mfa",
    "aws:multifactorauthage": "mfa",
    "aws:principalorgid": "organization",
    "aws:principalorgpaths": "organization",
    "aws:resourceorgid": "organization",
    "aws:sourceorgid": "organization",
    "aws:sourceorgpaths": "organization",
    "aws:sourcearn": "source",
    "aws:sourceaccount": "source",
    "aws:principalarn": "principal",
    "aws:principalaccount": "principal",
    "aws:userid": "principal",
    "aws:username": "principal",
    "aws:sourceip": "network",
    "aws:vpcsourceip": "network",
    "aws:sourcevpc": "network",
    "aws:sourcevpce": "network",
    "aws:requestedregion": "region",
    "sts:externalid": "external_id",
    "iam:passedtoservice": "passed_service",
    "iam:permissionsboundary": "boundary",
    "iam:policyarn": "policy",
    "kms:calleraccount": "principal",
    "kms:viaservice": "source",
}
CLOCKS = ("aws:currenttime", "aws:epochtime", "aws:tokenissuetime")
LONGEST_SESSION = timedelta(hours=36)
"""No session lasts longer (AWS STS, GetFederationToken and GetSessionToken, DurationSeconds)."""
_BEFORE = ("datelessthan", "datelessthanequals", "numericlessthan", "numericlessthanequals")
_AFTER = (
    "dategreaterthan",
    "dategreaterthanequals",
    "numericgreaterthan",
    "numericgreaterthanequals",
)
_NAMES = ("stringequals", "stringlike", "stringequalsignorecase")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a Condition comes to."""

    conditional: bool = False
    """Something is asked for that cannot be decided here."""
    kinds: tuple[str, ...] = ()
    """Every kind of thing that is asked for, sorted."""
    passed_to: tuple[str, ...] | None = None
    """The only services that a role may be passed to; None: any."""
    subjects: tuple[str, ...] = ()
    """Subjects of an identity provider that are let in."""
    starts: str | None = None
    ends: str | None = None
    """The first moment at which it no longer holds."""


NOTHING = Asked()


def asked(condition: Any) -> Asked:
    """What the Condition of a canonical statement (catalog.policy) asks for."""
    if not condition:
        return NOTHING
    kinds: set[str] = set()
    left: set[str] = set()
    passed: tuple[str, ...] | None = None
    subjects: list[str] = []
    starts: list[datetime] = []
    ends: list[datetime] = []
    for operator, tests in condition.items():
        plain = operator.lower().rpartition(":")[2].removesuffix("ifexists")
        for key, values in tests.items():
            kind = kind_of(key)
            kinds.add(kind)
            if kind == "date" and (window := _window(plain, key.lower(), values)):
                (starts if plain in _AFTER else ends).append(window)
            elif kind == "passed_service" and plain in _NAMES and passed is None:
                passed = tuple(sorted(value.lower() for value in values))
            else:
                left.add(kind)
                if kind == "subject" and plain in _NAMES:
                    subjects += values
    return Asked(
        conditional=bool(left),
        kinds=tuple(sorted(kinds)),
        passed_to=passed,
        subjects=tuple(sorted(set(subjects))),
        starts=_text(max(starts)) if starts else None,
        ends=_text(min(ends)) if ends else None,
    )


def kind_of(key: str) -> str:
    """What sort of thing a condition key asks about."""
    key = key.lower()
    if key in CLOCKS:
        return "date"
    if key in KINDS:
        return KINDS[key]
    if key == "aws:tagkeys" or "tag/" in key:
        return "tag"
    if key.endswith((":sub", ":job_workflow_ref", ":repository", ":project_path")):
        return "subject"
    return "audience" if key.endswith((":aud", ":amr", ":oaud")) else "other"


def _window(operator: str, key: str, values: Sequence[str]) -> datetime | None:
    """The moment before or after which a date test holds; None where that cannot be said."""
    moments = [moment for value in values if (moment := _moment(value)) is not None]
    if not moments or len(moments) != len(values):
        return None
    if operator in _AFTER:
        return min(moments)  # one of several will do
    if operator in _BEFORE:
        # whoever came in before the date may still be in
        return max(moments) + (LONGEST_SESSION if key == "aws:tokenissuetime" else timedelta())
    return None


def _moment(value: str) -> datetime | None:
    try:
        if value.isdigit() and len(value) > 4:
            return datetime.fromtimestamp(int(value), UTC)
        found = datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
