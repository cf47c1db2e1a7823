"""Who is let in by a role's trust or by a resource's own policy.

In: the rows of a scan, policies in canonical form. Out: one `Trust` a principal and action.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.derive.conditions import asked

TRUSTING = {
    "aws_iam_role": ("role", "assume_role_policy"),
    "aws_sqs_queue": ("queue", "policy"),
    "aws_sns_topic": ("topic", "policy"),
    "aws_s3_bucket": ("bucket", "policy"),
    "aws_kms_key": ("key", "policy"),
    "aws_secretsmanager_secret": ("secret", "policy"),
    "aws_lambda_function": ("function", "policy"),
    "aws_ecr_repository": ("repository", "policy"),
    "aws_cloudwatch_event_bus": ("bus", "policy"),
}


@dataclass(frozen=True, slots=True)
class Trust:
    """One principal that a resource lets in."""

    resource: str
    kind: str
    principal: str
    principal_type: str
    account: str | None
    action: str
    conditional: bool
    kinds: tuple[str, ...]
    subjects: tuple[str, ...]
    starts: str | None
    ends: str | None
    refused: tuple[str, ...]
    """Whom the same policy of a role denies it, whatever the circumstances."""


def trusts(rows: Sequence[Any]) -> list[Trust]:
    """Every principal that a role's trust or a resource's policy lets in."""
    found: set[Trust] = set()
    for row in rows:
        kind, attribute = TRUSTING.get(row.type, ("", ""))
        policy = row.attributes.get(attribute) if kind else None
        statements = (policy or {}).get("Statement", [])
        denials = [s for s in statements if s.get("Effect") == "Deny"] if kind == "role" else []
        refused = tuple(sorted({name for s in denials for name in _refused(s) or ()}))
        doubt = "*" in refused or any(_refused(statement) is None for statement in denials)
        for statement in statements:
            if statement.get("Effect") == "Allow":
                found |= set(_let_in(row.resource, kind, statement, doubt, refused))
    return sorted(
        found,
        key=lambda t: (
            t.resource,
            t.principal,
            t.action,
            t.conditional,
            t.kinds,
            t.subjects,
            t.ends or "",
        ),
    )


def _refused(statement: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Whom a statement of a role's trust surely denies to assume it; None where that depends."""
    if statement.get("Condition") or {"NotPrincipal", "NotAction"} & statement.keys():
        return None
    actions = [action.lower() for action in statement.get("Action") or ()]
    if not all(action in ("*", "sts:*", "sts:assumerole", "sts:assumerole*") for action in actions):
        return None
    named = dict(statement.get("Principal") or {})
    return tuple(named.get("AWS", ())) if set(named) == {"AWS"} else None


def _let_in(
    resource: str,
    kind: str,
    statement: Mapping[str, Any],
    doubt: bool,
    refused: tuple[str, ...],
) -> Iterator[Trust]:
    what = asked(statement.get("Condition"))
    # for a role, what another statement denies may be this
    conditional = bool(statement.get("Condition")) or doubt
    actions = statement.get("Action") or statement.get("NotAction") or []
    named = dict(statement.get("Principal") or {})
    if "NotPrincipal" in statement:
        named = {"AWS": ["*"]}  # everybody but those named
    for principal_type, principals in named.items():
        for principal in principals:
            for action in actions:
                yield Trust(
                    resource, kind, principal, principal_type, _account(principal_type, principal),
                    action.lower(), conditional, what.kinds, what.subjects, what.starts, what.ends,
                    refused,
                )  # fmt: skip


def _account(principal_type: str, principal: str) -> str | None:
    if principal_type != "AWS":
        return None
    if re.fullmatch(r"\d{12}", principal):
        return principal
    parts = principal.split(":")
    return parts[4] if len(parts) > 5 and parts[4] else None
