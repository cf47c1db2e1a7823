"""Everything outside AWS and the states that says who answers: read once, before anything is asked of AWS.

In: settings. Out: the directory, the repositories and the catalogue as `Sources`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from glob import glob
from pathlib import Path
from typing import Any

from scanner.declared import backstage, grants_file, teams
from scanner.declared.repositories import Repository
from scanner.directory import Directory, Sources, Team, merged
from scanner.errors import SettingsError
from scanner.settings import Settings


def read_sources(settings: Settings, today: date) -> Sources:
    """The sources that the settings name.

    Raises SettingsError for a file that is not there or is not what it should be, naming it and the key.
    """
    repositories = [Repository(setting) for setting in settings.repositories]
    parts: list[Directory] = []
    entities: list[tuple[Path, Mapping[str, Any]]] = []
    for file in _files(settings.teams):
        for document in teams.documents(file):
            if backstage.is_backstage(document):
                entities.append((file, document))
            else:
                parts.append(teams.parse(file, document, today))
    parts.append(backstage.directory(entities))
    parts += [repository.directory for repository in repositories]
    catalogue = [backstage.Catalogue(entities, repositories)] if entities else []
    grants = grants_file.read(settings.grants) if settings.grants else ()
    return Sources(_with_channels(merged(parts), settings), repositories, catalogue, grants)


def _files(patterns: tuple[str, ...]) -> list[Path]:
    found: dict[Path, None] = {}
    for pattern in patterns:
        paths = sorted(glob(pattern, recursive=True, include_hidden=True))
        if not paths:
            raise SettingsError(
                f"teams: {pattern}: no such file", hint="name a teams.yaml or a catalog-info.yaml"
            )
        found |= dict.fromkeys(map(Path, paths))
    return list(found)


def _with_channels(directory: Directory, settings: Settings) -> Directory:
    """The directory with the channels of the settings beside those of teams.yaml."""
    known: list[Team] = []
    for team in directory.teams:
        more = settings.channels.get(team.name, ())
        known.append(replace(team, channels=(*(team.channels or ()), *more)) if more else team)
    unknown = sorted(settings.channels.keys() - {team.name for team in known})
    if unknown and directory.whole:
        near = directory.nearest(unknown[0])
        raise SettingsError(
            f"channels: no team is called {unknown[0]!r}",
            hint=f"did you mean {near}?" if near else "teams.yaml names the teams",
        )
    known += [Team(name, channels=settings.channels[name]) for name in unknown]
    return replace(directory, teams=tuple(known))
