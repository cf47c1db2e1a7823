"""A checkout of the code: which file declares a resource, and who its CODEOWNERS says answers for it.

A state or module leads to a folder by the settings; in the folder the file that holds the block counts,
else all of its files, where they have one owner. yor's tags name the file themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from scanner.declared.codeowners import MOST_BYTES, PLACES, Codeowners
from scanner.directory import Directory, Said
from scanner.errors import SettingsError
from scanner.settings import Repository as Setting

_BLOCK = re.compile(
    r'^\s*(resource\s+"(?P<type>[^"]+)"\s+"(?P<name>[^"]+)"|module\s+"(?P<module>[^"]+)")\s*\{',
    re.MULTILINE,
)
_INDEX = re.compile(r"\[[^\]]*\]")
MOST_FILE = 5 * 1024 * 1024


class Repository:
    """One repository of the settings. Raises SettingsError where there is none at its path."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.root = Path(setting.path)
        if not self.root.is_dir():
            raise SettingsError(
                f"repositories: {setting.path}: no such folder", hint="name a checkout of it"
            )
        self._codeowners = self._read()

    def _read(self) -> Codeowners | None:
        for place in PLACES[self.setting.host]:
            file = self.root / place
            if file.is_file():
                if file.stat().st_size > MOST_BYTES:
                    raise SettingsError(
                        f"{file}: larger than {MOST_BYTES} bytes",
                        hint="GitHub does not read it either",
                    )
                text = file.read_text(encoding="utf-8", errors="replace")
                return Codeowners(self._called(place), text, self.setting.host)
        return None

    def _called(self, place: str) -> str:
        return f"{self.setting.name or self.root.name}/{place}"

    @cached_property
    def directory(self) -> Directory:
        """The teams that its CODEOWNERS names."""
        return self._codeowners.directory() if self._codeowners else Directory()

    def of_instance(self, instance: Any) -> Said | None:
        """Who answers for what declares an instance; None where its files have several owners, or none."""
        said = [self.of_file(file) for file in self.files(instance)]
        if not said or None in said or len({s.names for s in said if s}) != 1:
            return None
        return said[0]

    def of_tags(self, tags: Mapping[str, str]) -> Said | None:
        """Who answers for the file that yor's tags name."""
        file = self.file_of_tags(tags)
        return self.of_file(file) if file else None

    def of_file(self, path: str) -> Said | None:
        """Who answers for a file of the repository."""
        return self._codeowners.of(path) if self._codeowners else None

    def file_of_tags(self, tags: Mapping[str, str]) -> str:
        """The file that yor's tags name, where they name this repository; else ``."""
        file, repository = tags.get("git_file", ""), tags.get("git_repo", "")
        organization = tags.get("git_org", "")
        full = f"{organization}/{repository}" if organization else repository
        known = self.setting.name or self.root.resolve().name
        same = known in (full, repository) or (
            not organization and known.endswith(f"/{repository}")
        )
        return _within(file) if file and repository and same else ""

    def files(self, instance: Any) -> list[str]:
        """The files that may hold the block, by their path in the repository."""
        names = _steps(instance.address)
        for depth in range(len(names), 0, -1):
            folder = self.setting.modules.get(".".join(f"module.{n}" for n in names[:depth]))
            if folder is not None:
                return self._holding(folder, names[depth:], instance)
        for pattern, folder in self.setting.states.items():
            if instance.source == pattern or fnmatchcase(instance.source, pattern):
                return self._holding(folder, names, instance)
        return []

    def _holding(self, folder: str, below: list[str], instance: Any) -> list[str]:
        folder = _within(folder)
        blocks = _blocks(self.root / folder)
        name = _INDEX.sub("", instance.address).rpartition(".")[2]
        wanted = f"module {below[0]}" if below else f"{instance.type} {name}"
        held = [file for file, found in blocks.items() if wanted in found]
        files = held if len(held) == 1 else list(blocks) or ["main.tf"]
        return [str(PurePosixPath(folder) / file) for file in files]


def _within(path: str) -> str:
    """A path inside the repository: nothing leads out of it."""
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return "/".join(parts)


def _steps(address: str) -> list[str]:
    """The names of the modules in an address, the outermost first, without their keys."""
    parts = _INDEX.sub("", address).split(".")
    return [parts[i + 1] for i in range(0, len(parts) - 1, 2) if parts[i] == "module"]


@lru_cache(maxsize=4096)
def _blocks(folder: Path) -> Mapping[str, frozenset[str]]:
    """For each .tf file of a folder the resources and modules that it declares."""
    found = {}
    for file in sorted(folder.glob("*.tf")) if folder.is_dir() else ():
        if file.is_file() and file.stat().st_size <= MOST_FILE:
            text = file.read_text(encoding="utf-8", errors="replace")
            found[file.name] = frozenset(
                f"module {m['module']}" if m["module"] else f"{m['type']} {m['name']}"
                for m in _BLOCK.finditer(text)
            )
    return found
