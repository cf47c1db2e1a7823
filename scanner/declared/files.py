"""States in files: which a file, a folder or a glob names, and how one is read.

In: what `--state` says. Out: paths, each file once, and places to read. Links may go round, a pipe may never
end, a folder may be closed: none of it hangs a scan or hides a state.
"""

from __future__ import annotations

import fnmatch
import glob
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from scanner.declared import terraform
from scanner.errors import StateError

SUFFIX = ".tfstate"
SKIPPED = (".tflock", ".backup", ".lock.info")
PIPE_SECONDS = 120.0


@dataclass(frozen=True)
class File:
    """A state in a file."""

    source: str
    path: Path
    named: bool = True

    @property
    def seconds(self) -> float:
        """A pipe, which `<(terraform state pull)` is, gives something when it pleases."""
        return 0 if _is_file(self.path) else PIPE_SECONDS

    def read(self) -> tuple[bytes, Any]:
        """The bytes, and which file of which time they are of; None for a pipe or a device."""
        if not self.named and not _is_file(self.path):
            raise StateError(
                f"{self.source}: a pipe or a device, and no file",
                hint="name it by itself if a state comes out of it; else take it away",
                kind="unsupported",
            )
        with self.path.open("rb") as file:
            found = os.fstat(file.fileno())
            # one byte more than may be: a device, or a sparse file, is not read to its end
            return file.read(terraform.MOST_BYTES + 1), _stamp(found)

    def still(self, stamp: Any) -> bool:
        """Whether the same file is there, unchanged."""
        return stamp is None or (self.path.exists() and _stamp(self.path.stat()) == stamp)


def files(sources: Iterable[str]) -> list[Path]:
    """The state files that the sources name, each once, in a fixed order.

    A folder stands for every *.tfstate below it, workspaces in terraform.tfstate.d/ too, a glob for what it
    matches. Raises StateError where a source names nothing, since a state that is not there must not look
    like an empty one.
    """
    found: dict[Path, None] = {}
    for source in sources:
        closed: list[Path] = []
        path = Path(source)
        if path.is_dir():
            matches = [p for p in _below(path, closed) if p.name.endswith(SUFFIX)]
            missing = f"{source}: no *{SUFFIX} below this folder"
        elif path.exists():
            matches, missing = [path], ""
        else:
            # a folder may be matched by chance; one that is called a state is none that was read
            matches = [
                p
                for p in _globbed(source, closed)
                if not p.name.endswith(SKIPPED) and (p.name.endswith(SUFFIX) or not p.is_dir())
            ]
            missing = f"{source}: no such state file"
        matches += closed  # what lies in a folder that may not be looked into is not known
        if not matches:
            raise StateError(
                missing, hint="--state takes a file, a glob, a folder or a URL", kind="missing"
            )
        # one file under two names is one state; the shorter name is the one that is meant
        names: dict[str, Path] = {}
        for match in sorted(matches, key=lambda p: (len(p.parts), p)):
            names.setdefault(os.path.realpath(match), match)
        found |= dict.fromkeys(sorted(names.values()))
    return list(found)


def _below(folder: Path, closed: list[Path]) -> Iterator[Path]:
    """Everything below a folder, through links to folders too, but each folder once: links may go round.

    Folders that cannot be listed are put into `closed`.
    """

    def failed(error: OSError) -> None:
        closed.append(Path(error.filename))

    seen: set[tuple[int, int]] = set()
    for here, folders, names in os.walk(folder, onerror=failed, followlinks=True):
        try:
            found = os.stat(here)
        except OSError as error:
            failed(error)
            continue
        if (found.st_dev, found.st_ino) in seen:
            folders.clear()
            continue
        seen.add((found.st_dev, found.st_ino))
        folders[:] = sorted(name for name in folders if name != ".terraform")
        yield from (Path(here, name) for name in (*names, *folders))


def _globbed(pattern: str, closed: list[Path]) -> Iterator[Path]:
    """What a glob matches; as in a shell, `*` matches no hidden ones."""
    parts = Path(pattern).parts
    if "**" not in parts:
        yield from map(Path, glob.glob(pattern))
        return
    plain = list(takewhile(lambda part: not glob.has_magic(part), parts))
    steps = [part if part == "**" else fnmatch.translate(part) for part in parts[len(plain) :]]
    for path in _below(Path(*plain), closed):
        if _fits(path.parts[len(plain) :], steps):
            yield path


def _fits(parts: Sequence[str], steps: Sequence[str]) -> bool:
    if not steps:
        return not parts
    if steps[0] == "**":
        deeper = bool(parts) and not parts[0].startswith(".") and _fits(parts[1:], steps)
        return _fits(parts, steps[1:]) or deeper
    hidden = bool(parts) and parts[0].startswith(".") and not steps[0].startswith("(?s:\\.")
    return (
        bool(parts)
        and not hidden
        and bool(re.match(steps[0], parts[0]))
        and _fits(parts[1:], steps[1:])
    )


def _is_file(path: Path) -> bool:
    """False for what may never end, or never begin; a folder, and what is not there, tell that themselves."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return True
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def _stamp(found: os.stat_result) -> Any:
    if not stat.S_ISREG(found.st_mode):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
