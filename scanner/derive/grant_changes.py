"""What principals may do that was not declared, and what was declared that they may not: grants as sets.

In: comparisons and matches, the rows, and who belongs to whom. Out: `GrantChange`, one a document or way in
which a principal's permissions differ from their declaration. Documents that are written otherwise and say
the same are no change; one that was not read, or that the state hides, is left to `drift/changed-attribute`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.derive.grants import ATTACHED, INLINE
from scanner.derive.matching import Matching, of_state
from scanner.derive.widening import allowed, difference
from scanner.seen import GLOBAL

POLICIES = frozenset({"aws_iam_policy", *INLINE})
MEMBERSHIPS = {
    "aws_iam_group_membership": ("group", "users", False),
    "aws_iam_user_group_membership": ("user", "groups", True),
}
"""The types that declare who is in a group: where it names one side, where the other, and which is which."""
MOST = 20
"""Gains of one document that are told; the widest come first."""


@dataclass(frozen=True, slots=True)
class GrantChange:
    """One difference between what was declared and what there is."""

    resource: str
    """The principal, or the policy that says otherwise than declared."""
    change: str
    """added | lost | policy | trust | boundary | membership."""
    document: str
    """The policy, its ARN where it is attached; the group, of a membership."""
    via: str
    """inline | attached | group | boundary | trust."""
    gains: tuple[str, ...]
    loses: tuple[str, ...]
    given_by: str
    """The resource that makes it so, or would."""
    address: str
    """Of what was declared otherwise, or ``."""
    declared: str
    """The boundary that was declared, or ``."""


def grant_changes(
    compared: Iterable[Any], matching: Matching, rows: Sequence[Any], *, states_whole: bool
) -> Iterator[GrantChange]:
    """All of them, in a fixed order, made when the first is taken: `compared` may come in until then.

    Unless all states were read, nothing is known to be undeclared.
    """
    found = [*_changed(compared), *_lost(matching)]
    if states_whole:
        policies = {row.arn: row for row in rows if row.type == "aws_iam_policy"}
        found += [*_by_hand(matching, rows, policies), *_joined(matching, rows, policies)]
    yield from sorted(
        set(found), key=lambda c: (c.resource, c.change, c.document, c.given_by, c.address)
    )


def _changed(compared: Iterable[Any]) -> Iterator[GrantChange]:
    """Documents and boundaries that are there and are not what was declared."""
    for one in compared:
        if one.verdict != "changed":
            continue
        about = (one.type, one.attribute)
        if one.attribute == "permissions_boundary":
            actual = str(one.actual or "")
            yield GrantChange(
                one.resource, "boundary", actual, "boundary", (), (), one.resource, one.address,
                str(one.declared or ""),
            )  # fmt: skip
        elif about == ("aws_iam_role", "assume_role_policy") or (
            one.type in POLICIES and one.attribute == "policy"
        ):
            what = difference(one.declared, one.actual)
            if what is not None and (what.gains or what.loses):
                change, via = "policy", "inline" if one.type in INLINE else "attached"
                if one.type == "aws_iam_role":
                    change = via = "trust"
                yield GrantChange(
                    one.resource, change, one.resource, via, what.gains[:MOST], what.loses[:MOST],
                    one.resource, one.address, "",
                )  # fmt: skip
        elif about == ("aws_iam_role", "inline_policy"):
            yield from _blocks(one)


def _blocks(one: Any) -> Iterator[GrantChange]:
    """The same of policies that are blocks of their role."""
    held = {block["name"]: block.get("policy") for block in one.actual or ()}
    account, role = one.resource.split(":")[4], one.resource.rpartition("/")[2]
    for block in one.declared or ():
        name = block["name"]
        what = difference(block.get("policy"), held[name]) if name in held else None
        if what is not None and (what.gains or what.loses):
            policy = f"{account}/{GLOBAL}/aws_iam_role_policy/{role}:{name}"
            yield GrantChange(
                policy, "policy", policy, "inline", what.gains[:MOST], what.loses[:MOST], policy,
                one.address, "",
            )  # fmt: skip


def _by_hand(
    matching: Matching, rows: Sequence[Any], policies: Mapping[str | None, Any]
) -> Iterator[GrantChange]:
    """What declared principals hold and no state declares."""
    for row in rows:
        if row.type in INLINE | ATTACHED and matching.classes[row.resource] == "unmanaged":
            inline = row.type in INLINE
            yield GrantChange(
                matching.parents.get(row.resource, ""), "added",
                row.resource if inline else str(row.attributes.get("policy_arn") or ""),
                "inline" if inline else "attached", _gives(row, policies)[:MOST], (), row.resource, "", "",
            )  # fmt: skip


def _gives(row: Any, policies: Mapping[str | None, Any]) -> tuple[str, ...]:
    """What an inline policy or an attachment allows, in words; nothing where its document was not read."""
    held = row if row.type in INLINE else policies.get(row.attributes.get("policy_arn"))
    return allowed(held.attributes.get("policy")) if held else ()


def _lost(matching: Matching) -> Iterator[GrantChange]:
    """What was declared that principals do not hold."""
    for made in matching.matches:
        if made.status != "missing" or made.type not in INLINE | ATTACHED or not made.parent:
            continue
        inline = made.type in INLINE
        document = made.uid if inline else str(made.declared.attributes.get("policy_arn") or "")
        yield GrantChange(
            made.parent, "lost", document, "inline" if inline else "attached", (), (), made.uid,
            made.declared.address, "",
        )  # fmt: skip


def _joined(
    matching: Matching, rows: Sequence[Any], policies: Mapping[str | None, Any]
) -> Iterator[GrantChange]:
    """Declared users that are in groups in which no state declares them, and others in groups whose members
    are declared."""
    declared: set[tuple[str, str, str]] = set()
    listed: dict[tuple[str, str], str] = {}
    for made in matching.matches:
        if made.type not in MEMBERSHIPS:
            continue
        one, many, of_user = MEMBERSHIPS[made.type]
        named = str(made.declared.attributes.get(one) or "")
        others = of_state(f"{{{many}}}", made.declared.attributes)
        for other in others if isinstance(others, list) else ():
            user, group = (named, str(other)) if of_user else (str(other), named)
            declared.add((made.account, user, group))
        if not of_user:
            listed[made.account, named] = made.declared.address
    groups = {(row.account, row.name): row for row in rows if row.type == "aws_iam_group"}
    given: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.type in ("aws_iam_group_policy", "aws_iam_group_policy_attachment"):
            given[matching.parents.get(row.resource, "")] += _gives(row, policies)
    for row in rows:
        for name in (
            sorted(row.attributes.get("groups") or ()) if row.type == "aws_iam_user" else ()
        ):
            joined = groups.get((row.account, name))
            if joined is None or (row.account, row.name, name) in declared:
                continue
            address = listed.get((row.account, name), "")
            if address or matching.classes[row.resource] == "declared":
                gains = tuple(dict.fromkeys(given[joined.resource]))
                yield GrantChange(
                    row.resource, "membership", joined.resource, "group", gains[:MOST], (),
                    joined.resource, address, "",
                )  # fmt: skip
