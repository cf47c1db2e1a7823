"""Who is there to answer: teams, their people, and whether anybody can be told.

A directory is made of several sources (teams.yaml, a Backstage catalogue, CODEOWNERS). What none of them
says is not known, and nothing is held against a team for it. Only where a source lists every team (`whole`)
is a name that stands in none of them unknown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Literal, Protocol

Health = Literal["valid", "departed", "person", "empty", "unreachable", "unknown"]

_GROUP = re.compile(r"^group:(?:default/)?(?=[^/]+$)", re.IGNORECASE)
"""How Backstage refers to a team, whichever source knows it."""
TYPING = 0.6
"""How alike two names must be for one to be offered for the other (difflib's ratio)."""


@dataclass(frozen=True)
class Person:
    """Somebody who is, or was, there."""

    name: str
    """What the directory calls them: an address, a handle."""
    also: tuple[str, ...] = ()
    left: bool = False


@dataclass(frozen=True)
class Team:
    """A team, as far as the sources tell."""

    name: str
    also: tuple[str, ...] = ()
    """Other names that are right: addresses, handles, references."""
    members: tuple[str, ...] | None = None
    """Names of people; None where no source lists them."""
    channels: tuple[Any, ...] | None = field(default=None, repr=False)
    """Where it is told (settings.Secret); None where no source says, () where there is none."""
    said_by: str = ""


@dataclass(frozen=True)
class Known:
    """What the directory says of a name."""

    state: Health
    team: str | None = None
    """The team that is meant; of a person the one team they are in."""
    nearest: str | None = None
    verified: bool = False
    person: bool = False


@dataclass(frozen=True)
class Directory:
    """Every team and person of all sources."""

    teams: tuple[Team, ...] = ()
    people: tuple[Person, ...] = ()
    whole: bool = False
    """A source lists every team, so that what is not here is not one."""

    def look_up(self, name: str) -> Known:
        """What is known of a name exactly as it is written: a look-alike is somebody else."""
        if name not in self._known:
            self._known[name] = self._look_up(name)
        return self._known[name]

    def _look_up(self, name: str) -> Known:
        team = self._teams.get(name) or self._teams.get(_handle(name))
        team = team or self._teams.get(_GROUP.sub("", name))
        if team is not None:
            return self._team(team)
        person = self._people.get(name) or self._people.get(_handle(name))
        if person is not None:
            own = self.teams_of(person)
            team_ = own[0].name if len(own) == 1 else None
            state: Health = "departed" if person.left else "person"
            return Known(state, None if person.left else team_, team_, person=True)
        if not self.whole:
            return Known("valid", name.strip())
        return Known("unknown", nearest=self.nearest(name))

    def _team(self, team: Team) -> Known:
        if team.members is not None and not self.active(team):
            return Known("empty", nearest=None)
        if team.channels == ():
            return Known("unreachable")
        return Known("valid", team.name, verified=True)

    def team(self, name: str | None) -> Team | None:
        """The team that is called exactly so."""
        return self._teams.get(name) if name else None

    def active(self, team: Team) -> list[str]:
        """The members who are still there; one of whom nothing else is known counts as there."""
        gone = {known.name for known in self.people if known.left}
        return [m for m in team.members or () if self._called(m) not in gone]

    def teams_of(self, person: Person) -> list[Team]:
        """The teams that a person is a member of."""
        return [t for t in self.teams if person.name in map(self._called, t.members or ())]

    def nearest(self, name: str) -> str | None:
        """The team that is called most alike, None where none is."""
        near = get_close_matches(skeleton(name), self._by_skeleton, n=1, cutoff=TYPING)
        return self._by_skeleton[near[0]] if near else None

    def _called(self, member: str) -> str:
        found = self._people.get(member) or self._people.get(_handle(member))
        return found.name if found else member

    @cached_property
    def _known(self) -> dict[str, Known]:
        """Names that were looked up: thousands of resources name a few dozen teams."""
        return {}

    @cached_property
    def _by_skeleton(self) -> Mapping[str, str]:
        found = sorted(self._teams.items(), reverse=True)
        return {skeleton(called): team.name for called, team in found}

    @cached_property
    def _teams(self) -> Mapping[str, Team]:
        return _by_name(self.teams)

    @cached_property
    def _people(self) -> Mapping[str, Person]:
        known = _by_name(self.people)
        # whoever is in a team is somebody, if nothing else is said of them
        members = {m for team in self.teams for m in team.members or ()}
        others = (Person(m) for m in sorted(members) if m not in known and _handle(m) not in known)
        return _by_name((*self.people, *others))


def _by_name(known: Iterable[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in known:
        found[one.name] = one
    for one in known:
        for name in (one.name, *one.also):
            found.setdefault(name, one)
            found.setdefault(_handle(name), one)
    return found


def _handle(name: str) -> str:
    """Addresses and handles are one in any case; the name of a team is not."""
    return name.lower() if name.isascii() and "@" in name else name


def skeleton(name: str) -> str:
    """A name without case, accents, marks and spaces around it: what the eye makes of it."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    kept = (c for c in plain if unicodedata.category(c) not in ("Mn", "Cf", "Cc"))
    return "".join(_LOOKS.get(c, c) for c in kept).strip()


_LOOKS = dict(
    zip(
        "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u03bf\u03b1\u03c1\u03bd\u03b9\u0131",
        "aeopcyxijshdqwoapvii",
        strict=True,
    )
)
"""Cyrillic and Greek letters (and dotless i) that look like Latin ones; from Unicode's confusables."""


def merged(parts: Iterable[Directory]) -> Directory:
    """One directory of several: what they say of one team or person is put together.

    A team is one with an earlier part's where they share an address or handle, else where they share a name.
    """
    teams: dict[str, Team] = {}
    people: dict[str, Person] = {}
    whole = False
    for part in parts:
        whole = whole or part.whole
        held = {_handle(alias): name for name, team in teams.items() for alias in team.also}
        for team in part.teams:
            shared = {held[_handle(a)] for a in (team.name, *team.also) if _handle(a) in held}
            name = shared.pop() if len(shared) == 1 else team.name
            before = teams.get(name)
            teams[name] = replace(team, name=name) if before is None else _joined(before, team)
        for person in part.people:
            known = people.get(person.name, Person(person.name))
            also = (*known.also, *(a for a in person.also if a not in known.also))
            people[person.name] = Person(person.name, also, known.left or person.left)
    return Directory(tuple(teams.values()), tuple(people.values()), whole)


def _joined(one: Team, other: Team) -> Team:
    def both(left: tuple[Any, ...] | None, right: tuple[Any, ...] | None) -> Any:
        if left is None or right is None:
            return left if right is None else right
        return (*left, *(item for item in right if item not in left))

    return Team(
        one.name,
        both(one.also, other.also),
        both(one.members, other.members),
        both(one.channels, other.channels),
        one.said_by,
    )


@dataclass(frozen=True)
class Said:
    """Names that a file gives for something, and where it says so, in words."""

    names: tuple[str, ...]
    via: str


@dataclass(frozen=True)
class Maker:
    """Who made something, as AWS wrote it down."""

    name: str
    """A user's, or of the session in which a role was used."""
    role: str
    """The role that was used, or the kind of whoever was no user; `` for a user."""
    event: str
    day: str
    """YYYY-MM-DD."""


class Repository(Protocol):
    """What is needed of a repository (declared.repositories.Repository)."""

    def of_instance(self, instance: Any) -> Said | None: ...
    def of_tags(self, tags: Mapping[str, str]) -> Said | None: ...


class Catalogue(Protocol):
    """What is needed of a catalogue (declared.backstage.Catalogue)."""

    def of_resource(self, arn: str) -> Said | None: ...
    def of_instance(self, instance: Any) -> Said | None: ...
    def of_tags(self, tags: Mapping[str, str]) -> Said | None: ...


@dataclass(frozen=True)
class Recorded:
    """One entry of grants.yaml."""

    principal: str
    policy: str
    """ARN of a managed policy, name of an inline one, or `` for all that the principal holds."""
    requested_by: str
    approved_by: str
    reason: str
    ticket: str
    granted: date
    ends: date | None
    """Its last day; None: it was granted for ever."""
    written: str


@dataclass(frozen=True)
class Sources:
    """Everything outside AWS and the states that says who answers."""

    directory: Directory = Directory()
    repositories: Sequence[Repository] = ()
    catalogues: Sequence[Catalogue] = ()
    grants: Sequence[Recorded] = ()
    """What grants.yaml says of who asked for what."""
    asked: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    """Required tags that Organizations asks for: account to tag key to types of AWS (`ec2:instance`)."""
