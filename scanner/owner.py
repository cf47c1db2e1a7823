"""Who answers: the owner of a finding, who has each role, and how many findings reach somebody."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

OwnerState = Literal[
    "valid", "inherited", "missing", "placeholder", "unknown", "departed", "person", "empty",
    "unreachable", "conflict", "untaggable", "unread",
]  # fmt: skip


PLACEHOLDERS = frozenset(
    {"", "tbd", "tba", "todo", "na", "none", "null", "nil", "unknown", "unowned", "nobody", "noone",
     "admin", "root", "default", "example", "test", "changeme", "owner", "team", "xxx"}
)  # fmt: skip
"""Words that stand where a team should, once case and punctuation are taken off."""
_EMPTY = re.compile(rf"[\s{re.escape(string.punctuation)}]+")


def is_placeholder(name: str) -> bool:
    """Whether the word only looks like an owner."""
    return _EMPTY.sub("", name.casefold()) in PLACEHOLDERS


@dataclass(frozen=True, slots=True)
class Owner:
    """Who answers for a finding."""

    team: str | None
    """The team's name as written in its source, or None."""
    via: str
    """How the team is known, in words: `tag team`, `tag team of arn:...`, `fallback`, ``."""
    state: OwnerState
    """How far it can be trusted."""
    source: str = ""
    """The way it is known by: `tag`, `stack`, `codeowners`, `catalogue`, `parent`; `declared`, `creator`,
    `account` and `fallback` only say whom to ask."""
    sure: str = ""
    """certain | likely: how sure that way is; guess: nobody answers, and this is whom to ask."""
    verified: bool = False
    """The directory knows the team and that it can be reached; False too where there is no directory."""
    named: str | None = None
    """What the source says, as written."""
    nearest: str | None = None
    """The team that may have been meant, where no team is called that."""


@dataclass(frozen=True, slots=True)
class RoleOwner:
    """Who answers for a resource in one role."""

    team: str | None
    via: str
    state: OwnerState
    own: bool
    """Named for this role; False: it is the primary owner, because nobody is."""
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Routing:
    """How many open findings reach somebody who answers for them."""

    open: int
    routable: int
    """Their owner is named, and can be told as far as is known."""
    percent: float | None
    """routable / open * 100, rounded down to one decimal; None where nothing is open."""
    guessed: int
    """They go to somebody who is only asked: by the declaration, the creator or the account."""
    fallback: int
    """They go to the named fallback."""
    nobody: int
    """They go to nobody."""

    @classmethod
    def of(cls, findings: Iterable[Any]) -> Routing:
        """The figure over the open ones of these findings (model.Finding)."""
        open_ = [f for f in findings if f.status in ("new", "standing")]
        nobody = sum(not f.owner.team for f in open_)
        fallback = sum(_fallback(f.owner) for f in open_ if f.owner.team)
        able = sum(routable(f.owner) for f in open_)
        guessed = len(open_) - able - nobody - fallback
        percent = able * 1000 // len(open_) / 10 if open_ else None
        return cls(len(open_), able, percent, guessed, fallback, nobody)


def routable(owner: Owner) -> bool:
    """Whether whoever answers is named, and can be told as far as is known."""
    return bool(owner.team) and not _fallback(owner) and owner.sure != "guess"


def _fallback(owner: Owner) -> bool:
    # reports of before told the sources apart by the state alone
    old = not owner.source and owner.state not in ("valid", "inherited")
    return owner.source == "fallback" or old
