"""Who may do what, and who may come in: policy statements as rows.

`grants`: one row an allowing (principal, document, action, target), with the documents a user has through
groups left at the group. `trusts`: one row a principal that a resource's own policy lets in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ADMINISTRATOR = re.compile(r"arn:aws[\w-]*:iam::aws:policy/AdministratorAccess")
INLINE = {
    "aws_iam_role_policy": "aws_iam_role",
    "aws_iam_user_policy": "aws_iam_user",
    "aws_iam_group_policy": "aws_iam_group",
}
ATTACHED = {
    "aws_iam_role_policy_attachment": "aws_iam_role",
    "aws_iam_user_policy_attachment": "aws_iam_user",
    "aws_iam_group_policy_attachment": "aws_iam_group",
}
TRUSTING = {
    "aws_iam_role": ("role", "assume_role_policy"),
    "aws_sqs_queue": ("queue", "policy"),
    "aws_sns_topic": ("topic", "policy"),
    "aws_s3_bucket": ("bucket", "policy"),
    "aws_kms_key": ("key", "policy"),
    "aws_secretsmanager_secret": ("secret", "policy"),
    "aws_lambda_function": ("function", "policy"),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """One action a principal may use on one pattern of resources."""

    principal: str
    document: str
    via: str
    action: str
    target: str
    conditional: bool
    negated: bool


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


def grants(rows: Sequence[Any], parents: Mapping[str, str]) -> list[Grant]:
    """Every grant of the roles, users and groups among the rows; `parents` gives a child's principal."""
    documents = {row.arn: row for row in rows if row.type == "aws_iam_policy"}
    found: set[Grant] = set()
    for row in rows:
        principal = parents.get(row.resource, "")
        if not principal:
            continue
        if row.type in INLINE:
            found |= set(_allowed(principal, row.resource, "inline", row.attributes.get("policy")))
        elif row.type in ATTACHED:
            arn = str(row.attributes.get("policy_arn") or "")
            if arn in documents:
                held = documents[arn]
                policy = held.attributes.get("policy")
                found |= set(_allowed(principal, held.resource, "attached", policy))
            elif ADMINISTRATOR.fullmatch(arn):
                # AWS's own policy of that name allows * on *; it cannot be changed
                found.add(Grant(principal, arn, "attached", "*", "*", False, False))
    return sorted(found, key=lambda g: (g.principal, g.document, g.action, g.target, g.conditional))


def _allowed(principal: str, document: str, via: str, policy: Any) -> Iterator[Grant]:
    for statement in (policy or {}).get("Statement", []):
        if statement.get("Effect") != "Allow":
            continue
        negated = "NotAction" in statement or "NotResource" in statement
        actions = statement.get("Action") or statement.get("NotAction") or []
        targets = statement.get("Resource") or statement.get("NotResource") or []
        for action in actions:
            for target in targets:
                yield Grant(
                    principal, document, via, action.lower(), target,
                    bool(statement.get("Condition")), negated,
                )  # fmt: skip


def trusts(rows: Sequence[Any]) -> list[Trust]:
    """Every principal that a role's trust or a resource's policy lets in."""
    found: set[Trust] = set()
    for row in rows:
        kind, attribute = TRUSTING.get(row.type, ("", ""))
        policy = row.attributes.get(attribute) if kind else None
        for statement in (policy or {}).get("Statement", []):
            if statement.get("Effect") == "Allow":
                found |= set(_let_in(row.resource, kind, statement))
    return sorted(found, key=lambda t: (t.resource, t.principal, t.action, t.conditional))


def _let_in(resource: str, kind: str, statement: Mapping[str, Any]) -> Iterator[Trust]:
    conditional = bool(statement.get("Condition"))
    actions = statement.get("Action") or statement.get("NotAction") or []
    named = dict(statement.get("Principal") or {})
    if "NotPrincipal" in statement:
        named = {"AWS": ["*"]}  # everybody but those named
    for principal_type, principals in named.items():
        for principal in principals:
            for action in actions:
                yield Trust(
                    resource, kind, principal, principal_type, _account(principal_type, principal),
                    action.lower(), conditional,
                )  # fmt: skip


def _account(principal_type: str, principal: str) -> str | None:
    if principal_type != "AWS":
        return None
    if re.fullmatch(r"\d{12}", principal):
        return principal
    parts = principal.split(":")
    return parts[4] if len(parts) > 5 and parts[4] else None
