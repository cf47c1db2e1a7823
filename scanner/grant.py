"""The nouns of what principals were given: every grant with what is known of it. Nothing here does I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

HOW = ("by_hand", "unknown", "declared", "aws")
"""How a grant came: by hand, declared in Terraform, AWS's own doing, or it is not known."""


@dataclass(frozen=True, slots=True)
class GrantLine:
    """One grant; what is not known is None, and `unknown` says why."""

    principal: str
    document: str
    via: str
    """inline | attached | group | permission_set | boundary, which gives nothing and takes away."""
    through: str | None
    """The group, of what is held through one."""
    account: str
    how: str
    """As in HOW."""
    address: str | None
    administrator: str
    """yes | conditional | unknown where it makes its principal one, else ``."""
    owner: str | None
    owner_state: str
    requested_by: str | None
    purpose: str | None
    ticket: str | None
    approved_by: str | None
    granted: str | None
    written: bool
    """grants.yaml tells of it."""
    recorded_end: str | None
    """The first moment after its last day, by grants.yaml; None where it is written: for ever."""
    claimed_end: str | None
    """By the principal's expiry tag, which enforces nothing."""
    enforced_end: str | None
    """By the dates of all that the document allows."""
    disagree: bool
    """Two of the ends are more than a day apart."""
    late: bool
    """It was to end by its record or its tag, and it is still there."""
    used: str
    """at `last_used` | unused | none, of what is not used itself | unknown."""
    last_used: str | None
    revert: str | None
    by_service: bool = False
    """IAM was asked: what is said of the last use is said of the services that the document allows."""
    unknown: Mapping[str, str] = field(default_factory=dict)
    """Why something is not known: `how`, `request`, `granted`, `used`, `revert`, and the reason."""


@dataclass(frozen=True, slots=True)
class TeamGrants:
    """The grants of the principals of one team; boundaries, which give nothing, are not among them."""

    team: str | None
    grants: int
    declared: int
    by_hand: int
    unknown: int
    """It is not known whether it was declared."""
    aws: int
    administrators: int
    perhaps: int
    """It is not known whether they make one."""
    ends: int
    """Some day ends it, by its record, a tag or the policy."""
    late: int
    disagree: int
    unused: int
    """AWS recorded no use of the role."""
    use_unknown: int
    unwritten: int
    """Nobody wrote down who asked for it."""


@dataclass(frozen=True, slots=True)
class GrantLedger:
    """All grants counted, and those of them that are told."""

    teams: tuple[TeamGrants, ...]
    boundaries: int
    lines: tuple[GrantLine, ...]
    """What needs somebody first; with the boundaries."""
    unseen: tuple[str, ...] = ()
    """Where there may be more: `account: why`."""
    problem: str = ""
    """Why nothing can be said of any, or ``."""

    @property
    def total(self) -> int:
        """All that could be told."""
        return sum(team.grants for team in self.teams) + self.boundaries
