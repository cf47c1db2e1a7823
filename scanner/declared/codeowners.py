"""CODEOWNERS, as GitHub and as GitLab read it: who answers for a file.

GitHub: the last line that fits counts, and a line that GitHub cannot read is left out, as GitHub does.
GitLab: in each section the last line that fits counts, a line without owners takes the section's, a path
that does not begin with a slash fits at any depth, and a folder ends with one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from scanner.directory import Directory, Person, Said, Team

PLACES = {
    "github": (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"),
    "gitlab": ("CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"),
}
"""Where each host looks, in its order."""

MOST_BYTES = 3 * 1024 * 1024
"""GitHub reads no larger one."""

_SECTION = re.compile(r"^\^?\[([^\]]+)\](?:\[\d+\])?(.*)$")
_WORDS = re.compile(r"(?:\\.|[^\s\\])+")


@dataclass(frozen=True)
class Line:
    """One line: its number, its pattern as written, and whom it names."""

    number: int
    pattern: str
    names: tuple[str, ...]
    excludes: bool = False


@dataclass
class Section:
    """The lines that are weighed against each other, and who owns where a line names nobody."""

    names: tuple[str, ...] = ()
    lines: list[Line] = field(default_factory=list)


class Codeowners:
    """One file."""

    def __init__(self, file: str, text: str, host: Literal["github", "gitlab"] = "github") -> None:
        self._file = file
        self._host = host
        self._sections = list(_sections(text, host))

    def of(self, path: str) -> Said | None:
        """Who answers for a file, named by its path in the repository; None where no line says."""
        names: dict[str, None] = {}
        where: list[str] = []
        for section in self._sections:
            hits = (line for line in reversed(section.lines) if _fits(line, path, self._host))
            line = next(hits, None)
            if line is None or line.excludes:
                continue
            found = line.names or section.names
            if found:
                names |= dict.fromkeys(found)
                where.append(f"line {line.number} of {self._file} ({line.pattern})")
        return Said(tuple(names), " and ".join(where)) if names else None

    def directory(self) -> Directory:
        """The teams and people that it names: a list of some, not of all."""
        names = {
            name
            for section in self._sections
            for names in (section.names, *(line.names for line in section.lines))
            for name in names
        }
        teams = tuple(
            Team(name.rpartition("/")[2], (name,), said_by=self._file)
            for name in sorted(names)
            if name.startswith("@") and "/" in name
        )
        people = tuple(
            Person(name) for name in sorted(names) if name.startswith("@") and "/" not in name
        )
        # on GitLab a name without a slash may be a group as well as a user
        return Directory(teams, people if self._host == "github" else ())


def _sections(text: str, host: str) -> Iterator[Section]:
    found = {"": Section()}
    current = found[""]
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        heading = _SECTION.match(line) if host == "gitlab" else None
        if heading:
            current = found.setdefault(heading[1].casefold(), Section())
            current.names = current.names or _names(_WORDS.findall(heading[2]))
            continue
        pattern, *words = _WORDS.findall(line)
        if host == "github":
            if pattern.startswith(("!", "\\#")) or "[" in pattern or "]" in pattern:
                continue  # GitHub has no negation, no ranges and no escaped #
            comment = next((i for i, word in enumerate(words) if word.startswith("#")), len(words))
            words = words[:comment]
        excludes = host == "gitlab" and pattern.startswith("!")
        current.lines.append(Line(number, pattern, _names(words), excludes))
    yield from found.values()


def _names(words: Iterable[str]) -> tuple[str, ...]:
    """The owners among words; GitLab's roles (`@@maintainer`) are nobody in particular."""
    return tuple(word for word in words if "@" in word and not word.startswith("@@"))


def _fits(line: Line, path: str, host: str) -> bool:
    return _github(line.pattern, path) if host == "github" else _gitlab(line.pattern, path)


def _github(pattern: str, path: str) -> bool:
    return bool(_compiled(pattern).of(path))


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> Any:
    from codeowners import CodeOwners

    return CodeOwners(f"{pattern} @x")


def _gitlab(pattern: str, path: str) -> bool:
    from wcmatch import glob

    wanted: Any = pattern.removeprefix("!")
    wanted = wanted if wanted.startswith("/") else f"/**/{wanted}"
    wanted = f"{wanted}**/*" if wanted.endswith("/") else wanted
    return bool(glob.globmatch(f"/{path}", wanted, flags=glob.GLOBSTAR | glob.DOTGLOB))
