"""Who holds which policy document and through what, what the documents say, and who may come in.

In: the rows of a scan, policies in canonical form (catalog.policy). Out: `Grant`, one a principal,
document and way in which it is held; `Statement`, one a statement of each distinct document; and who may
come in (derive.trusts). What they come to together is computed from the tables of these (store/paths.sql).
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from scanner.catalog.kinds import dumps
from scanner.derive.conditions import asked
from scanner.derive.guardrails import Guarded, Guardrail, guardrails
from scanner.derive.trusts import Trust, trusts
from scanner.seen import Seen

AWS_OWN = re.compile(r"arn:aws[\w-]*:iam::aws:policy/(?:.*/)?([^/]+)")
ADMINISTRATOR: Mapping[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Action": ["*"], "Effect": "Allow", "Resource": ["*"]}],
}
"""AWS's own policy AdministratorAccess; nobody can change it."""
PERMISSION_SET = ":role/aws-reserved/sso.amazonaws.com/"
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
PRINCIPALS = ("aws_iam_role", "aws_iam_user", "aws_iam_group")
NOT_READ = "its document was not read"


@dataclass(frozen=True, slots=True)
class Grant:
    """One document that a principal holds."""

    principal: str
    document: str
    """The policy's resource, or its ARN where it is one of AWS's own."""
    via: str
    """inline | attached | group | permission_set | boundary | trust | resource_policy"""
    through: str | None
    """The group, of what is held through one."""
    given_by: str
    """The resource that makes it so: the inline policy, the attachment."""
    digest: int | None
    """Of its statements; None where they are not known."""
    problem: str
    doubt: bool
    """What was not read may take away what others give."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a distinct document."""

    digest: int
    number: int
    scope: int
    """The same where all is the same but the actions that it names, and does not spare."""
    effect: str
    actions: tuple[str, ...]
    not_actions: bool
    targets: tuple[str, ...]
    not_targets: bool
    conditional: bool
    kinds: tuple[str, ...]
    passed_to: tuple[str, ...] | None
    starts: str | None
    ends: str | None
    condition: str | None


@dataclass
class Access:
    """What the rows say of access, before anything is computed of it."""

    grants: list[Grant] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    trusts: list[Trust] = field(default_factory=list)
    guardrails: list[Guardrail] = field(default_factory=list)
    guarded: list[Guarded] = field(default_factory=list)


class Documents:
    """Policy documents by what they say; two that say the same are one."""

    def __init__(self) -> None:
        self._policies: dict[int, Any] = {}
        self._said: dict[str, dict[str, Any]] = {}
        self._scopes: dict[str, int] = {}

    def digest(self, policy: Any) -> int:
        """The number of a canonical document: the same in every scan."""
        text = dumps(policy).encode("utf-8", "surrogatepass")
        found = int.from_bytes(hashlib.sha256(text).digest()[:8], "big") >> 1
        self._policies.setdefault(found, policy)
        return found

    def statements(self) -> Iterator[Statement]:
        """The statements of all of them, in a fixed order."""
        for digest in sorted(self._policies):
            for number, statement in enumerate(self._policies[digest].get("Statement", ())):
                if "Principal" in statement or "NotPrincipal" in statement:
                    continue  # whom a resource's own policy lets in stands in `trusts`
                text = dumps(statement)  # many documents share a statement
                if text not in self._said:
                    rest = {k: v for k, v in statement.items() if k != "Action"}
                    scope = self._scopes.setdefault(dumps(rest), len(self._scopes))
                    self._said[text] = {"scope": scope, **_said(statement)}
                yield Statement(digest=digest, number=number, **self._said[text])


def access(rows: Sequence[Any], parents: Mapping[str, str], seen: Seen | None = None) -> Access:
    """Everything of access; `parents` gives the principal of an inline policy or attachment.

    Without `seen` nothing is known of the organization.
    """
    documents = Documents()
    held = {row.arn: row for row in rows if row.type == "aws_iam_policy"}
    principals = {row.resource: row for row in rows if row.type in PRINCIPALS}
    found: list[Grant] = []
    for row in rows:
        principal = principals.get(parents.get(row.resource, ""))
        if row.type in PRINCIPALS:
            found += _boundary(row, held, documents)
        elif principal is None:
            continue
        elif row.type in INLINE:
            found.append(
                _grant(principal.resource, row, row.resource, _via(principal, "inline"), documents)
            )
        elif row.type in ATTACHED:
            arn = str(row.attributes.get("policy_arn") or "")
            via = _via(principal, "attached")
            found.append(_managed(principal.resource, arn, via, row.resource, held, documents))
    found += _through_groups(principals.values(), found)
    entered = trusts(rows)
    found += _let_in(entered)
    order = sorted(
        found, key=lambda g: (g.principal, g.document, g.via, g.through or "", g.given_by)
    )
    rails, guarded = guardrails(rows, seen, documents.digest, ADMINISTRATOR) if seen else ([], [])
    return Access(order, list(documents.statements()), entered, rails, guarded)


def _let_in(entered: Sequence[Trust]) -> Iterator[Grant]:
    """A grant of each trust and resource's own policy, whose statements stand in the trusts."""
    for resource, kind, principal in sorted({(t.resource, t.kind, t.principal) for t in entered}):
        via = "trust" if kind == "role" else "resource_policy"
        yield Grant(principal, resource, via, None, resource, None, "", False)


def _via(principal: Any, via: str) -> str:
    return "permission_set" if PERMISSION_SET in principal.resource else via


def _grant(principal: str, row: Any, given_by: str, via: str, documents: Documents) -> Grant:
    """A grant of the policy that a row holds."""
    policy = row.attributes.get("policy")
    if "policy" not in row.attributes:
        return Grant(principal, row.resource, via, None, given_by, None, NOT_READ, True)
    return Grant(
        principal, row.resource, via, None, given_by, documents.digest(policy or {}), "", False
    )


def _managed(
    principal: str,
    arn: str,
    via: str,
    given_by: str,
    held: Mapping[str, Any],
    documents: Documents,
) -> Grant:
    if arn in held:
        return _grant(principal, held[arn], given_by, via, documents)
    own = AWS_OWN.fullmatch(arn)
    if own and own[1] == "AdministratorAccess":
        digest = documents.digest(ADMINISTRATOR)
        return Grant(principal, arn, via, None, given_by, digest, "", False)
    # a boundary that was not read may leave nothing
    doubt = not own or own[1] in denying() or via == "boundary"
    return Grant(principal, arn, via, None, given_by, None, NOT_READ, doubt)


def _boundary(row: Any, held: Mapping[str, Any], documents: Documents) -> Iterator[Grant]:
    arn = row.attributes.get("permissions_boundary")
    if arn:
        yield _managed(row.resource, str(arn), "boundary", row.resource, held, documents)


def _through_groups(principals: Any, direct: Sequence[Grant]) -> Iterator[Grant]:
    groups = {
        (row.account, row.name): row.resource for row in principals if row.type == "aws_iam_group"
    }
    by_group: dict[str, list[Grant]] = defaultdict(list)
    for grant in direct:
        by_group[grant.principal].append(grant)
    for row in principals:
        for name in (
            sorted(row.attributes.get("groups") or ()) if row.type == "aws_iam_user" else ()
        ):
            group = groups.get((row.account, name))
            if group is None:
                missing = f"{row.account}/global/aws_iam_group/{name}"
                yield Grant(
                    row.resource,
                    missing,
                    "group",
                    missing,
                    row.resource,
                    None,
                    "the group was not read",
                    True,
                )
            for grant in by_group.get(group or "", ()):
                yield Grant(
                    row.resource, grant.document, "group", group, grant.given_by, grant.digest,
                    grant.problem, grant.doubt,
                )  # fmt: skip


@lru_cache(maxsize=1)
def denying() -> frozenset[str]:
    """The names of AWS's own policies that deny something."""
    text = Path(__file__).with_name("aws_policies.toml").read_text(encoding="utf-8")
    return frozenset(tomllib.loads(text)["denying"])


def _said(statement: Mapping[str, Any]) -> dict[str, Any]:
    """What a statement says, whichever document it stands in."""
    condition = statement.get("Condition")
    what = asked(condition)
    not_actions = "NotAction" in statement
    not_targets = "NotResource" in statement
    actions = statement.get("NotAction" if not_actions else "Action") or ()
    targets = statement.get("NotResource" if not_targets else "Resource") or ()
    return {
        "effect": str(statement.get("Effect")),
        "actions": tuple(sorted({action.lower() for action in actions})),
        "not_actions": not_actions,
        "targets": tuple(targets),
        "not_targets": not_targets,
        "conditional": what.conditional,
        "kinds": what.kinds,
        "passed_to": what.passed_to,
        "starts": what.starts,
        "ends": what.ends,
        "condition": dumps(condition) if condition else None,
    }
