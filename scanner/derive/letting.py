"""Whether a resource's own policy lets a service of AWS do something to it.

A service calls as itself: what names it, or everybody, lets it in. Of conditions, those on where a call comes
from are weighed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scanner.derive.selection import like
from scanner.derive.way import RANK, Verdict

OWNER, ACCOUNT, ARN = "aws:sourceowner", "aws:sourceaccount", "aws:sourcearn"


@dataclass(frozen=True, slots=True)
class Service:
    """A service that calls others, for us."""

    name: str
    principal: str
    source: str
    """The service in the ARNs of what it calls for."""
    owner: bool = True
    """Whether it says whose account it calls for where a topic's first policy asks that."""


ALARMS = Service("CloudWatch", "cloudwatch.amazonaws.com", "cloudwatch")
ALARM_TO_FUNCTION = Service("CloudWatch", "lambda.alarms.cloudwatch.amazonaws.com", "cloudwatch")
# whether that policy lets it in is not said (EventBridge User Guide, "Amazon SNS permissions")
RULES = Service("EventBridge", "events.amazonaws.com", "events", owner=False)
DATABASES = Service("RDS", "events.rds.amazonaws.com", "rds")
TOPICS = Service("SNS", "sns.amazonaws.com", "sns")


def lets(policy: Any, service: Service, action: str, account: str) -> Verdict:
    """Whether a canonical policy lets a service, that calls for an account, do an action (lower case)."""
    found: Verdict = "no"
    for statement in (policy or {}).get("Statement", ()):
        if not _is(statement, action):
            continue
        if statement.get("Effect") == "Deny":
            if _names(statement, service) and not statement.get("Condition"):
                return "no"
            continue
        found = max(found, _allows(statement, service, action, account), key=RANK.__getitem__)
    return found


def _is(statement: Mapping[str, Any], action: str) -> bool:
    """Whether a statement is about an action."""
    if "NotAction" in statement:
        return not any(like(action, a.lower()) for a in statement["NotAction"])
    return any(like(action, a.lower()) for a in statement.get("Action") or ())


def _names(statement: Mapping[str, Any], service: Service) -> bool:
    named = statement.get("Principal") or {}
    return "*" in named.get("AWS", ()) or not {"*", service.principal}.isdisjoint(
        named.get("Service", ())
    )


def _allows(statement: Mapping[str, Any], service: Service, action: str, account: str) -> Verdict:
    if "NotPrincipal" in statement:
        return "unknown"
    if not _names(statement, service):
        # of keys alone AWS says that an account's own statement is for its identities and nobody else
        ours = account in (statement.get("Principal") or {}).get("AWS", ())
        return "unknown" if ours and not action.startswith("kms:") else "no"
    found: Verdict = "yes"
    for operator, asked in (statement.get("Condition") or {}).items():
        for key, values in asked.items():
            found = min(
                found, _holds(operator, key, values, service, account), key=RANK.__getitem__
            )
    return found


def _holds(operator: str, key: str, values: Any, service: Service, account: str) -> Verdict:
    """Whether a condition holds for a call of the service."""
    plain = operator.lower().removesuffix("ifexists")
    if key.lower() == OWNER and not service.owner:
        return "unknown"
    if key.lower() in (OWNER, ACCOUNT) and plain in ("stringequals", "stringlike"):
        return "yes" if any(like(account, value) for value in values) else "no"
    if key.lower() == ARN and plain in ("arnequals", "arnlike", "stringequals", "stringlike"):
        # which of its things it calls for is not weighed
        sources = [value.split(":", 5) for value in values]
        fits = [s for s in sources if len(s) < 6 or (s[2] in ("*", service.source))]
        return "yes" if fits else "no"
    return "unknown"
