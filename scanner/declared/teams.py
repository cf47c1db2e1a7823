"""teams.yaml: which teams there are, who is in them, and where they are told. Read strictly.

teams:
  payments:
    members: [ada@example.com]
    channels: ["env:PAYMENTS_WEBHOOK"]   # addresses as Apprise writes them, or the variable that holds one
    email: payments@example.com
    github: "@example/payments"
    aliases: [pay]
people:
  grace@example.com: {name: Grace, github: "@grace", left: 2026-01-15}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import yaml

from scanner.directory import Directory, Person, Team
from scanner.errors import SettingsError
from scanner.settings import Secret

MOST_BYTES = 5 * 1024 * 1024
SHAPE = "see examples/teams.yaml for its shape"


class TeamLine(msgspec.Struct, forbid_unknown_fields=True):
    """One team as it is written."""

    members: list[str] | None = None
    channels: list[str] = []
    email: str = ""
    github: str = ""
    gitlab: str = ""
    aliases: list[str] = []


class PersonLine(msgspec.Struct, forbid_unknown_fields=True):
    """One person as they are written."""

    name: str = ""
    github: str = ""
    gitlab: str = ""
    aliases: list[str] = []
    left: date | None = None
    active: bool = True


class TeamsFile(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file."""

    teams: dict[str, TeamLine]
    people: dict[str, PersonLine] = {}


def documents(file: Path) -> list[Any]:
    """The YAML documents of a file. Raises SettingsError, naming the line, for what is none."""
    problem = ""
    try:
        if file.stat().st_size > MOST_BYTES:
            problem = f"larger than {MOST_BYTES} bytes"
        else:
            text = file.read_text(encoding="utf-8")
            return [d for d in yaml.load_all(text, _Loader) if d is not None]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or type(error).__name__
        problem = f"not YAML: {what}" + (f" in line {mark.line + 1}" if mark else "")
    except (UnicodeDecodeError, RecursionError) as error:
        problem = f"not YAML: {type(error).__name__}"
    except OSError as error:
        problem = error.strerror or type(error).__name__
    # not chained: the parser's own words quote the file, and a channel may stand there
    raise SettingsError(f"{file}: {problem}", hint=f"mend the file; {SHAPE}")


class _Loader(yaml.SafeLoader):
    """Refuses what safe YAML takes silently: a key twice, and names for parts (`&a`, `*a`)."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="an alias (*) is not read here", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem="a key stands twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def parse(file: Path, document: Any, today: date) -> Directory:
    """The directory in one document of teams.yaml; who left on or before `today` has left."""
    try:
        found = msgspec.convert(document, TeamsFile)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{file}: {error}", hint=SHAPE) from None
    for name in found.teams:
        if not name.strip() or name != name.strip():
            raise SettingsError(
                f"{file}: teams: {name!r} has spaces around it, or is nothing else",
                hint="write the name as its tags have it",
            )
    people = tuple(
        Person(name, tuple(filter(None, (p.name, p.github, p.gitlab, *p.aliases))),
               left=not p.active or (p.left is not None and p.left <= today))
        for name, p in found.people.items()
    )  # fmt: skip
    directory = Directory(tuple(_teams(file, found)), people, whole=True)
    _once(file, directory)
    return directory


def _teams(file: Path, found: TeamsFile) -> Iterator[Team]:
    for name, line in found.teams.items():
        for channel in line.channels:
            if not re.match(r"^(env:[A-Za-z_]\w*$|[a-z][a-z0-9+.]*://)", channel):
                raise SettingsError(
                    f"{file}: teams: {name}: channels: one of them is no address",
                    hint="write `env:VARIABLE`, or an address such as mailto://... as Apprise has it",
                )
        channels = tuple(Secret(channel) for channel in line.channels)
        yield Team(
            name,
            tuple(filter(None, (line.email, line.github, line.gitlab, *line.aliases))),
            None if line.members is None else tuple(line.members),
            # an address alone is a way to reach them, though not one that we can send by
            channels or (None if line.email else ()),
            str(file),
        )


def _once(file: Path, directory: Directory) -> None:
    """No name stands for two teams, or for two people."""
    for kind, known in (("teams", directory.teams), ("people", directory.people)):
        held: dict[str, str] = {}
        for one in known:
            for name in {one.name, *one.also}:
                if held.setdefault(name, one.name) != one.name:
                    raise SettingsError(
                        f"{file}: {kind}: {name!r} stands for both {held[name]} and {one.name}",
                        hint="take it off one of them",
                    )
