"""A Backstage catalogue: its groups and users as a directory, and the owner of what it describes.

An entity speaks for a resource whose ARN stands in one of its annotations, and for what is declared in the
folder of its catalog-info.yaml, or the one that its source location names; the deepest folder counts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.declared.repositories import Repository
from scanner.directory import Directory, Person, Said, Team
from scanner.errors import SettingsError

API = "backstage.io/"
_SOURCE = re.compile(
    r"^(?:url:)?https?://[^/]+/([^/]+/[^/]+?)(?:/(?:-/)?(?:tree|blob|src)/[^/]+/(.*))?/?$"
)


@dataclass(frozen=True)
class Entity:
    """Something of the catalogue that has an owner."""

    reference: str
    owner: str
    file: Path
    repository: str
    """`organization/repository` of its source location, else ``."""
    folder: str
    arns: frozenset[str]


def is_backstage(document: Any) -> bool:
    """Whether a YAML document is an entity of a catalogue."""
    return isinstance(document, Mapping) and str(document.get("apiVersion", "")).startswith(API)


def _part(file: Path, document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = document.get(name) or {}
    if not isinstance(part, Mapping):
        raise SettingsError(f"{file}: {name} is no mapping", hint="mend the catalogue's file")
    return part


def _name(file: Path, document: Mapping[str, Any]) -> str:
    name = _part(file, document, "metadata").get("name")
    if not isinstance(name, str) or not name:
        raise SettingsError(
            f"{file}: a {document.get('kind')} without metadata.name", hint="give it one"
        )
    return name


def references(kind: str, document: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Every way in which the catalogue refers to an entity."""
    namespace = str((document.get("metadata") or {}).get("namespace") or "default")
    found = [f"{kind}:{namespace}/{name}", f"{namespace}/{name}"]
    return (*found, *([f"{kind}:{name}", name] if namespace == "default" else []))


def directory(documents: Iterable[tuple[Path, Mapping[str, Any]]]) -> Directory:
    """The groups and users of the catalogue."""
    documents = list(documents)
    members: dict[str, set[str]] = defaultdict(set)
    listed = False
    people, teams = [], []
    for file, document in documents:
        if str(document.get("kind")).lower() == "user":
            name, spec = _name(file, document), _part(file, document, "spec")
            listed = True
            email = _part(file, spec, "profile").get("email")
            also = [*references("user", document, name), *([str(email)] if email else [])]
            people.append(Person(name, tuple(also)))
            for group in spec.get("memberOf") or []:
                members[_short(str(group))].add(name)
    for file, document in documents:
        if str(document.get("kind")).lower() == "group":
            name, spec = _name(file, document), _part(file, document, "spec")
            email = _part(file, spec, "profile").get("email")
            also = [*references("group", document, name), *([str(email)] if email else [])]
            own = spec.get("members")
            here = members[name] | {_short(str(m)) for m in own or []}
            known = listed or own is not None
            teams.append(
                Team(name, tuple(also), tuple(sorted(here)) if known else None, said_by=str(file))
            )
    return Directory(tuple(teams), tuple(people), whole=bool(teams))


def _short(reference: str) -> str:
    return reference.rpartition("/")[2].rpartition(":")[2]


class Catalogue:
    """The entities that have an owner."""

    def __init__(
        self,
        documents: Iterable[tuple[Path, Mapping[str, Any]]],
        repositories: Sequence[Repository] = (),
    ) -> None:
        self._repositories = repositories
        self._entities = [e for d in documents if (e := _entity(*d)) is not None]
        self._by_arn = {arn: e for e in reversed(self._entities) for arn in e.arns}

    def of_resource(self, arn: str) -> Said | None:
        """Who owns the entity that names this ARN."""
        return _said(self._by_arn.get(arn))

    def of_instance(self, instance: Any) -> Said | None:
        """Who owns the entity that holds the file in which an instance is declared."""
        for repository in self._repositories:
            found = {self._holding(repository, file) for file in repository.files(instance)}
            if len(found) == 1 and None not in found:
                return _said(found.pop())
        return None

    def of_tags(self, tags: Mapping[str, str]) -> Said | None:
        """The same of the file that yor's tags name."""
        for repository in self._repositories:
            file = repository.file_of_tags(tags)
            if file:
                return _said(self._holding(repository, file))
        return None

    def _holding(self, repository: Repository, file: str) -> Entity | None:
        """The entity in the deepest folder above a file; None where two of them stand in it."""
        held: dict[int, list[Entity]] = defaultdict(list)
        for entity in self._entities:
            folder = _folder(entity, repository)
            if folder is not None and f"{file}/".startswith(f"{folder}/" if folder else ""):
                held[len(folder)].append(entity)
        deepest = held[max(held)] if held else []
        return deepest[0] if len({e.owner for e in deepest}) == 1 else None


def _folder(entity: Entity, repository: Repository) -> str | None:
    if entity.repository:
        same = entity.repository == repository.setting.name
        return entity.folder.strip("/") if same else None
    try:
        path = entity.file.resolve().parent.relative_to(repository.root.resolve()).as_posix()
    except ValueError:
        return None
    return "" if path == "." else path


def _entity(file: Path, document: Mapping[str, Any]) -> Entity | None:
    kind = str(document.get("kind", "")).lower()
    owner = _part(file, document, "spec").get("owner")
    if not isinstance(owner, str) or not owner.strip():
        return None
    name = _name(file, document)
    notes = _part(file, _part(file, document, "metadata"), "annotations")
    texts = {str(key): str(value) for key, value in notes.items()}
    place = _SOURCE.match(texts.get("backstage.io/source-location", ""))
    return Entity(
        f"{kind} {name}",
        owner.strip(),
        file,
        place[1] if place else texts.get("github.com/project-slug", ""),
        (place[2] or "") if place else "",
        frozenset(
            t.strip() for v in texts.values() for t in v.split(",") if t.strip().startswith("arn:")
        ),
    )


def _said(entity: Entity | None) -> Said | None:
    if entity is None:
        return None
    return Said((entity.owner,), f"owner of the {entity.reference} in the catalogue")
