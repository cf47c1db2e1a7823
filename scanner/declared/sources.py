"""From what `--state` says to the files it names."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from pathlib import Path

from scanner.errors import StateError

SUFFIX = ".tfstate"


def files(sources: Iterable[str]) -> list[Path]:
    """The state files that the sources name, each once, in a fixed order.

    A folder stands for every *.tfstate below it, a glob for what it matches. Raises StateError where a
    source names nothing, since a state that is not there must not look like an empty one.
    """
    found: dict[Path, None] = {}
    for source in sources:
        if "://" in source:
            raise StateError(
                f"{source}: states behind URLs cannot be read yet",
                hint="pull it into a file: `terraform state pull > pulled.tfstate`",
                kind="unsupported",
            )
        path = Path(source)
        if path.is_dir():
            matches = [p for p in path.rglob(f"*{SUFFIX}") if ".terraform" not in p.parts]
            missing = f"{source}: no *{SUFFIX} below this folder"
        elif path.exists():
            matches, missing = [path], ""
        else:
            matches = [Path(p) for p in glob.glob(source, recursive=True) if Path(p).is_file()]
            missing = f"{source}: no such state file"
        if not matches:
            raise StateError(
                missing, hint="--state takes a file, a glob or a folder", kind="missing"
            )
        found |= dict.fromkeys(sorted(matches))
    return list(found)
