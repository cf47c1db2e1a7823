"""What the organization lets the principals of an account do at most, and be done with its resources: its
service control and resource control policies.

In: the rows of a scan, and what was seen. Out: one `Guardrail` an account and policy that holds for it, each
at its level between the root and the account. Of service control policies a level allows what any of its
policies allows, all levels must allow, and what one denies is denied; resource control policies only deny.
And one `Guarded` an account and layer: whether that is all of it.
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
RESOURCE_KIND = "RESOURCE_CONTROL_POLICY"
LAYERS = {KIND: "service control policies", RESOURCE_KIND: "resource control policies"}
EVERYTHING = ("p-FullAWSAccess", "p-RCPFullAWSAccess")
"""AWS's own policies, which allow all; nobody can change them."""
NOT_READ = "they, or where they are attached, were not read"
MOST = 20
"""Levels that are followed; AWS has six at most."""


@dataclass(frozen=True, slots=True)
class Guardrail:
    """One policy that holds for all principals of an account, or for all of its resources."""

    account: str
    level: int
    """0 for the root; the account itself comes last."""
    target: str
    """The root, unit or account that it is attached to."""
    policy: str
    binds: str
    """own (the account's principals) | everybody | others (who uses its resources, but for the organization's
    own)."""
    digest: int | None
    """Of its statements; None where they are not known."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """Whether the guardrails of an account are known."""

    account: str
    layer: str
    state: str
    """read | none (there can be no such policy) | unread."""
    reason: str


def guardrails(
    rows: Sequence[Any], seen: Seen, digest: Callable[[Any], int], everything: Any
) -> tuple[list[Guardrail], list[Guarded]]:
    """Those of every account that has principals, in a fixed order.

    `digest` takes a document in and names it; `everything` is the document that allows all.
    """
    policies = {r.id: r for r in rows if r.type == POLICY and r.attributes.get("type") in LAYERS}
    attached: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in rows:
        policy = (
            policies.get(str(row.attributes.get("policy_id"))) if row.type == ATTACHMENT else None
        )
        if policy is not None:
            kind = policy.attributes["type"]
            attached[kind, str(row.attributes.get("target_id"))].append(policy)
    organizations = [row for row in rows if row.type == ORGANIZATION]
    units = {row.id: row.attributes for row in rows if row.type == UNIT}
    found: list[Guardrail] = []
    guarded: list[Guarded] = []
    for account in sorted({r.account for r in rows if r.type in ("aws_iam_role", "aws_iam_user")}):
        for kind, layer in LAYERS.items():
            state, reason, chain = _chain(account, kind, organizations, units, seen)
            guarded.append(Guarded(account, layer, state, reason))
            for level, target in enumerate(chain):
                for policy in attached[kind, target]:
                    for binds, known in _parts(kind, policy, organizations, everything):
                        named = digest(known) if known else None
                        found.append(
                            Guardrail(account, level, target, policy.resource, binds, named)
                        )
    return found, guarded


def _parts(
    kind: str, policy: Any, organizations: Sequence[Any], everything: Any
) -> Iterator[tuple[str, Any]]:
    """Whom a policy binds by which document; None for one that cannot be read."""
    known = everything if policy.id in EVERYTHING else _document(policy)
    if kind == KIND:
        yield "own", known
    elif known is None:
        yield "everybody", None
    elif policy.id not in EVERYTHING:
        parts: dict[str, list[Any]] = {"everybody": [], "others": []}
        for statement in known.get("Statement", ()):
            if statement.get("Effect") == "Deny":
                # a resource's own policy has principals; this one always means all of them
                rest = {k: v for k, v in statement.items() if k != "Principal"}
                spared = any(_spares(statement.get("Condition"), one.id) for one in organizations)
                parts["others" if spared else "everybody"].append(rest)
        for binds, statements in parts.items():
            if statements:
                yield binds, {**known, "Statement": statements}


def _spares(condition: Any, organization: str) -> bool:
    """Whether a Condition cannot be met by a principal of the organization."""
    return any(
        operator.lower().startswith("stringnot")
        and (
            (key.lower() == "aws:principalorgid" and organization in values)
            or (
                key.lower() == "aws:principalorgpaths"
                and any(value.startswith(f"{organization}/*") for value in values)
            )
        )
        for operator, tests in (condition or {}).items()
        for key, values in tests.items()
    )


def _document(policy: Any) -> Any:
    try:
        return canonical_policy(policy.attributes.get("content"))
    except ValueError:
        return None


def _chain(
    account: str,
    kind: str,
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
        if kind not in about["enabled_policy_types"]:
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
