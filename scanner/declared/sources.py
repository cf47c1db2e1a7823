"""From what `--state` says to the states it names: files, globs, folders and URLs.

In: the sources and the settings. Out: places, each of which can be read and asked whether it has changed
since. Nothing is read here but lists: of folders and of buckets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from scanner.declared.files import SUFFIX, File, files
from scanner.declared.patience import within
from scanner.errors import StateError
from scanner.settings import Settings

if TYPE_CHECKING:
    from scanner.declared.remote import Aws

URL = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
WORKSPACES = "env:/"
"""Where the S3 backend keeps the states of workspaces, unless its workspace_key_prefix says otherwise."""
LIST_SECONDS = 300.0


class Place(Protocol):
    """A state that is to be read."""

    @property
    def source(self) -> str:
        """What it is called in reports: without secrets, and the same from scan to scan."""

    @property
    def named(self) -> bool:
        """Whether the user named it, rather than a list."""

    @property
    def seconds(self) -> float:
        """How long reading may take; 0 where nothing is waited for."""

    def read(self) -> tuple[bytes, Any]:
        """Its bytes, and a stamp of what was read. Raises StateError and OSError."""

    def still(self, stamp: Any) -> bool:
        """Whether it is still what the stamp was given for."""


@dataclass(frozen=True)
class Unlisted:
    """Stands for states that may be there: the list that would name them could not be had."""

    source: str
    error: StateError
    named: bool = False
    seconds: float = 0

    def read(self) -> tuple[bytes, Any]:
        """Raises the reason."""
        raise self.error

    def still(self, _: Any) -> bool:
        """Never asked."""
        return True


@dataclass
class Reach:
    """How states elsewhere are reached; AWS is only looked for where a state needs it."""

    settings: Settings
    hosts: set[str] = field(default_factory=set)

    @cached_property
    def aws(self) -> Aws:
        """Guarded AWS clients. Raises SettingsError for a profile that is not there."""
        from scanner.declared.remote import Aws

        return Aws(self.settings.state_profile, self.settings.state_region)


def places(sources: Iterable[str], reach: Reach) -> list[Place]:
    """Every state that the sources name, each once, in a fixed order.

    Raises StateError for a source that names nothing or is of no known kind, and SettingsError.
    """
    from scanner.declared import tfc, web

    sources = list(sources)
    reach.hosts = {web.host(source) for source in sources if _scheme(source) in ("http", "https")}
    found: dict[str, Place] = {}
    for source in sources:
        scheme = _scheme(source)
        if scheme == "s3":
            made = _stored(source, reach)
        elif scheme in ("gs", "azurerm"):
            made = _blobs(source)
        elif scheme in ("http", "https"):
            made = [web.page(source, reach.settings.state_headers, reach.hosts)]
        elif scheme == "tfc":
            made = [tfc.workspace(source)]
        elif scheme:
            raise StateError(
                f"{source.rpartition('@')[2].partition('?')[0]:.200}: states cannot be read from {scheme}://",
                hint="s3://, gs://, azurerm://, https:// and tfc:// can be; else pull it into a file: "
                "`terraform state pull > pulled.tfstate`",
                kind="unsupported",
            )
        else:
            made = [File(str(path), path, path == Path(source)) for path in files([source])]
        for place in made:
            _add(found, place)
    return list(found.values())


def _add(found: dict[str, Place], place: Place) -> None:
    """Two URLs that differ in what is not shown are two states, and called so."""
    from dataclasses import replace

    from scanner.declared.web import Page

    name, number = place.source, 1
    held = found.get(name)
    while isinstance(place, Page) and isinstance(held, Page) and held.url != place.url:
        number += 1
        name = f"{place.source} #{number}"
        held = found.get(name)
    if held is None:
        found[name] = replace(place, source=name) if isinstance(place, Page) else place


def _scheme(source: str) -> str:
    told = URL.match(source)
    return told[1].lower() if told else ""


def _stored(source: str, reach: Reach) -> list[Place]:
    """The state under a key, or every *.tfstate below a prefix, with those of its workspaces.

    `?workspace_key_prefix=...` says where the workspaces lie where the backend says so too; behind a key it
    names the states of all workspaces of that key.
    """
    from scanner.declared.remote import Stored

    told = re.fullmatch(
        r"s3://([a-z0-9][a-z0-9._-]+)(?:/(.*?)(?:\?(versionId|workspace_key_prefix)=([^?&]*))?)?",
        source,
        re.I | re.S,
    )
    if told is None:
        raise StateError(
            f"{source:.200}: not a place in S3",
            hint="write it as s3://bucket/key, or s3://bucket/prefix/ for every state below it",
            kind="unsupported",
        )
    bucket, key, option, value = told[1], told[2] or "", (told[3] or "").lower(), told[4]
    root = f"s3://{bucket}/"
    elsewhere = option == "workspace_key_prefix"
    workspaces = f"{value.strip('/')}/".lstrip("/") if elsewhere else WORKSPACES
    found: list[Place] = []
    listed = {key, workspaces} if key else {""}
    if key and not key.endswith("/"):
        if not elsewhere:
            return [Stored(source, bucket, key, reach.aws, value or "")]
        found.append(Stored(f"{root}{key}", bucket, key, reach.aws))
        listed = {workspaces}
    for prefix in sorted(listed):
        try:
            names = within(root + prefix, LIST_SECONDS, partial(_names, reach, bucket, prefix))
        except StateError as error:
            if error.kind == "missing":
                raise
            found.append(Unlisted(f"{root}{prefix}", error))
            continue
        if prefix != key:
            # env:/WORKSPACE/KEY: only those whose key is, or lies below, the one that was named
            above = workspaces.count("/") + 1
            own = [(name, "/".join(name.split("/")[above:])) for name in names]
            names = [name for name, rest in own if rest == key or _is_below(rest, key)]
        found += (
            Stored(f"{root}{name}", bucket, name, reach.aws, named=False)
            for name in names
            if name.endswith(SUFFIX) or name.endswith(f"/{key}")
        )
    if not found:
        raise StateError(
            f"{source}: no *{SUFFIX} below this prefix",
            hint="a state under another name is given by its key: s3://bucket/key",
            kind="missing",
        )
    return found


def _is_below(key: str, prefix: str) -> bool:
    return prefix.endswith("/") and key.startswith(prefix)


def _blobs(source: str) -> list[Place]:
    """The state under a key, or every state below a prefix; those of workspaces lie beside the others."""
    from scanner.declared import blobs

    container, key = blobs.told(source)
    if key and not key.endswith("/"):
        return [blobs.Blob(source, key, container)]
    root = f"{container.root}{key}"
    try:
        names = within(root, LIST_SECONDS, lambda: list(container.keys(key)))
    except StateError as error:
        if error.kind == "missing":
            raise
        return [Unlisted(root, error)]
    if not names:
        raise StateError(
            f"{source}: no *{SUFFIX} below this prefix",
            hint=f"a state under another name is given by its key: {container.root}KEY",
            kind="missing",
        )
    return [blobs.Blob(f"{container.root}{name}", name, container, named=False) for name in names]


def _names(reach: Reach, bucket: str, prefix: str) -> list[str]:
    return sorted(reach.aws.keys(f"s3://{bucket}/{prefix}", bucket, prefix))
