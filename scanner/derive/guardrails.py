"""What the organization lets the principals of an account do at most: its service control policies.

In: the rows of a scan, and what was seen. Out: one `Guardrail` an account and policy that holds for it, each
at its level between the root and the account: a level allows what any of its policies allows, all levels
must allow, and what one denies is denied. And one `Guarded` an account: whether that is all of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.catalog.policy import canonical_policy
from scanner.seen import GLOBAL, Seen

ORGANIZATION = "aws_organizations_organization"
UNIT = "aws_organizations_organizational_unit"
POLICY = "aws_organizations_policy"
ATTACHMENT = "aws_organizations_policy_attachment"
KIND = "SERVICE_CONTROL_POLICY"
EVERYTHING = "p-FullAWSAccess"
"""AWS's own policy, which allows all; nobody can change it."""
NOT_READ = "service control policies were not read"
MOST = 20
"""Levels that are followed; AWS has six at most."""


@dataclass(frozen=True, slots=True)
class Guardrail:
    """One policy that holds for all principals of an account."""

    account: str
    level: int
    """0 for the root; the account itself comes last."""
    target: str
    """The root, unit or account that it is attached to."""
    policy: str
    digest: int | None
    """Of its statements; None where they are not known."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """Whether the guardrails of an account are known."""

    account: str
    state: str
    """read | none (there can be no such policy) | unread."""
    reason: str


def guardrails(
    rows: Sequence[Any], seen: Seen, digest: Callable[[Any], int], everything: Any
) -> tuple[list[Guardrail], list[Guarded]]:
    """Those of every account that has principals, in a fixed order.

    `digest` takes a document in and names it; `everything` is the document that allows all.
    """
    policies = {r.id: r for r in rows if r.type == POLICY and r.attributes.get("type") == KIND}
    attached: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        policy = (
            policies.get(str(row.attributes.get("policy_id"))) if row.type == ATTACHMENT else None
        )
        if policy is not None:
            attached[str(row.attributes.get("target_id"))].append(policy)
    organizations = [row for row in rows if row.type == ORGANIZATION]
    units = {row.id: row.attributes for row in rows if row.type == UNIT}
    found: list[Guardrail] = []
    guarded: list[Guarded] = []
    for account in sorted({r.account for r in rows if r.type in ("aws_iam_role", "aws_iam_user")}):
        state, reason, chain = _chain(account, organizations, units, seen)
        guarded.append(Guarded(account, state, reason))
        for level, target in enumerate(chain):
            for policy in attached[target]:
                known = everything if policy.id == EVERYTHING else _document(policy)
                found.append(
                    Guardrail(
                        account, level, target, policy.resource, digest(known) if known else None
                    )
                )
    return found, guarded


def _document(policy: Any) -> Any:
    try:
        return canonical_policy(policy.attributes.get("content"))
    except ValueError:
        return None


def _chain(
    account: str,
    organizations: Sequence[Any],
    units: Mapping[str, Mapping[str, Any]],
    seen: Seen,
) -> tuple[str, str, list[str]]:
    """What is known of an account's guardrails, why it is not, and the ids from the root down to it."""
    if not organizations:
        reason = seen.listed(ORGANIZATION, account, GLOBAL)
        return ("unread", reason, []) if reason else ("none", "there is no organization", [])
    for organization in organizations:
        about = organization.attributes
        asker = organization.account
        if about.get("master_account_id") == account:
            return "none", "they do not hold for the management account", []
        if "enabled_policy_types" not in about or "account_ids" not in about:
            continue
        if KIND not in about["enabled_policy_types"]:
            return "none", "the organization has none", []
        for type_ in (UNIT, POLICY, ATTACHMENT):
            if reason := seen.listed(type_, asker, GLOBAL):
                return "unread", reason, []
        if any("account_ids" not in unit for unit in units.values()):
            return "unread", NOT_READ, []
        chain = list(_above(account, about, units))
        if chain:
            return "read", "", chain
    return "unread", NOT_READ, []


def _above(
    account: str, root: Mapping[str, Any], units: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """The ids from the root down to the account; nothing where it is in no place that was read."""
    chain = [account]
    at = next((id_ for id_, unit in units.items() if account in unit["account_ids"]), "")
    while at and at in units and len(chain) < MOST:
        chain.append(at)
        at = str(units[at].get("parent_id") or "")
    if at == root.get("root_id") or (len(chain) == 1 and account in root["account_ids"]):
        yield str(root.get("root_id"))
        yield from reversed(chain)
