"""Who answers for a resource, as the owner and in each of four roles, by which way, and whether they can.

In: rows, what they belong to, and what every source says (claims.py). Out: one `Owned` a resource, four
`OwnedRole`s, and all claims. A name that cannot answer stays beside the answer, to be shown and mended;
it is never covered up by another source.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from scanner.catalog import load
from scanner.derive.claims import SURE, WAYS, Claim, Claims
from scanner.derive.tags import folded
from scanner.model import OWNER_ROLES, OwnerState

LACKING = ("missing", "untaggable", "unread")
"""States in which nobody is named at all."""


@dataclass(frozen=True, slots=True)
class Owned:
    """The owner of one resource."""

    resource: str
    team: str | None
    via: str
    state: OwnerState
    source: str = ""
    verified: bool = False
    named: str | None = None
    nearest: str | None = None
    said_of: str | None = None
    """The resource whose word it is."""
    lead: str | None = None
    lead_via: str = ""
    lead_source: str = ""

    @property
    def sure(self) -> str:
        return SURE.get(self.source, "")


class OwnedRole(NamedTuple):
    """Who answers for a resource in one role."""

    resource: str
    role: str
    team: str | None
    via: str
    state: OwnerState
    own: bool
    verified: bool


class Heard(NamedTuple):
    """One source's word about one resource and role."""

    resource: str
    role: str
    source: str
    via: str
    named: str
    team: str | None
    state: OwnerState


@dataclass(frozen=True)
class Answers:
    """Who answers for everything."""

    owners: list[Owned]
    roles: list[OwnedRole]
    heard: list[Heard]


def answers(rows: Sequence[Any], parents: Mapping[str, str], claims: Claims) -> Answers:
    """The answers for every row. `parents` maps a resource to what it belongs to."""
    return _Settling(rows, parents, claims).all()


def of_missing(
    uid: str, instance: Any, parent: Owned | None, claims: Claims
) -> tuple[Owned, list[OwnedRole]]:
    """The answers for what is declared and not there: by its declaration, else by what it is part of."""
    said = claims.of_instance(instance)
    owned = settled(uid, said.get("owner", ()))
    if owned is None and parent is not None and parent.team:
        owned = _inherited(uid, parent.resource, parent)
    if owned is None:
        owned = Owned(uid, None, "", "missing")
    roles = []
    for role in OWNER_ROLES:
        own = settled(uid, said.get(role, ()))
        by = own or owned
        roles.append(OwnedRole(uid, role, by.team, by.via, by.state, own is not None, by.verified))
    return owned, roles


def settled(resource: str, claims: Sequence[Claim]) -> Owned | None:
    """What the claims about one resource come to, None where there are none."""
    if not claims:
        return None
    first = claims[0]
    able = [claim for claim in claims if claim.team]
    apart = _apart(able)
    answer = able[0] if able else first
    made = Owned(
        resource, answer.team, answer.told, answer.state, answer.source, answer.verified,
        answer.named, answer.nearest, resource,
    )  # fmt: skip
    if len(apart) > 1:
        via = ", but ".join(f"{c.via} says {c.named.strip()!r}" for c in apart)
        return replace(made, state="conflict", via=via, nearest=None)
    if answer is not first:
        # the source that is trusted more names somebody who cannot answer
        return replace(
            made, state=first.state, via=f"{answer.told}; {first.told}", named=first.named,
            nearest=first.nearest, verified=False,
        )  # fmt: skip
    return made


def _apart(able: Sequence[Claim]) -> list[Claim]:
    """The first claim for each team, where it is sure that they are different teams."""
    by_team: dict[str, Claim] = {}
    for claim in able:
        by_team.setdefault(str(claim.team), claim)
    found = list(by_team.values())
    known = [claim for claim in found if claim.verified or claim.state == "person"]
    if len(known) > 1:
        return known
    # without a directory two names may be one team, unless one key says both
    keys = [folded(c.via) for c in found if c.source == "tag"]
    twice = [c for c in found if c.source == "tag" and keys.count(folded(c.via)) > 1]
    return twice if len(twice) > 1 else found[:1]


class _Settling:
    def __init__(self, rows: Sequence[Any], parents: Mapping[str, str], claims: Claims) -> None:
        self._rows = {row.resource: row for row in rows}
        self._parents = parents
        self._claims = claims
        self._known: dict[str, Owned] = {}
        self._roles: dict[tuple[str, str], OwnedRole] = {}
        self._said: dict[str, Mapping[str, Sequence[Claim]]] = {}
        self._heard: list[Heard] = []

    def all(self) -> Answers:
        owners = [self._owner(resource, ()) for resource in self._rows]
        roles: list[OwnedRole] = []
        for owned in owners:
            primary = self._said[owned.resource].keys() <= {"owner"}
            if primary and owned.source != "parent":  # most are, and each has four roles
                roles += _of_primary(owned)
            else:
                roles += [self._role(owned.resource, role, ()) for role in OWNER_ROLES]
        return Answers(owners, roles, self._heard)

    def _owner(self, resource: str, path: tuple[str, ...]) -> Owned:
        if resource in self._known:
            return self._known[resource]
        row = self._rows[resource]
        self._said[resource] = self._claims.of(row)
        own = settled(resource, self._hear(resource, "owner"))
        result = own or Owned(resource, None, "", self._lack(row))
        above = self._above(resource, path)
        parent = self._owner(above, (*path, resource)) if above else None
        if own is None and parent is not None and parent.state not in LACKING:
            result = _inherited(resource, above, parent)
        if result.team is None:
            result = self._led(row, result, parent)
        self._known[resource] = result
        return result

    def _led(self, row: Any, result: Owned, parent: Owned | None) -> Owned:
        """With somebody to ask: whoever answers for what it belongs to, else the best lead."""
        if parent is not None and parent.team:
            return replace(
                result, lead=parent.team, lead_via=_of(parent, parent.resource),
                lead_source="parent",
            )  # fmt: skip
        found = self._claims.leads(row)
        self._heard += [_heard(row.resource, "owner", claim) for claim in found]
        for claim in found:
            if claim.team:
                return replace(
                    result, lead=claim.team, lead_via=claim.told, lead_source=claim.source
                )
        if parent is not None and parent.lead:
            return replace(
                result, lead=parent.lead, lead_via=parent.lead_via, lead_source=parent.lead_source
            )
        return result

    def _role(self, resource: str, role: str, path: tuple[str, ...]) -> OwnedRole:
        if (resource, role) in self._roles:
            return self._roles[resource, role]
        own = settled(resource, self._hear(resource, role))
        primary = self._known[resource]
        above = self._above(resource, path) if primary.source == "parent" else ""
        if own is not None:
            made = OwnedRole(resource, role, own.team, own.via, own.state, True, own.verified)
        elif above:
            parent = self._role(above, role, (*path, resource))
            via = parent.via if " of " in parent.via else f"{parent.via} of {above}"
            state = "inherited" if parent.state == "valid" else parent.state
            made = parent._replace(resource=resource, via=via, state=state)
        else:
            made = next(own for own in _of_primary(primary) if own.role == role)
        self._roles[resource, role] = made
        return made

    def _hear(self, resource: str, role: str) -> Sequence[Claim]:
        claims = self._said[resource].get(role, ())
        self._heard.extend(_heard(resource, role, claim) for claim in claims)
        return claims

    def _above(self, resource: str, path: tuple[str, ...]) -> str:
        above = self._parents.get(resource, "")
        return above if above in self._rows and above not in path and above != resource else ""

    def _lack(self, row: Any) -> OwnerState:
        if row.tags is None:
            return "unread" if load()[row.type].tags else "untaggable"
        return "unread" if self._claims.hidden(row) else "missing"


def _of_primary(owned: Owned) -> list[OwnedRole]:
    """The roles of what names nobody for any of them."""
    return [
        OwnedRole(owned.resource, role, owned.team, owned.via, owned.state, False, owned.verified)
        for role in OWNER_ROLES
    ]


def _heard(resource: str, role: str, claim: Claim) -> Heard:
    return Heard(
        resource, role, claim.source, claim.via, claim.named, claim.team, claim.state
    )  # fmt: skip


def _of(parent: Owned, above: str) -> str:
    return parent.via if parent.source == "parent" else f"{parent.via} of {above}"


def _inherited(resource: str, above: str, parent: Owned) -> Owned:
    """The parent's owner; a name that cannot answer there cannot here."""
    return replace(
        parent, resource=resource, via=_of(parent, above), source=WAYS[-1],
        state="inherited" if parent.state == "valid" else parent.state,
    )  # fmt: skip
