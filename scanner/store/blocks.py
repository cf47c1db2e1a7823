"""Statements that stand in a file of SQL under names: `-- name: NAME` begins a block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path


@cache
def blocks(file: Path) -> Mapping[str, Sequence[str]]:
    """The named blocks of a file, and the statements of each in their order."""
    found: dict[str, Sequence[str]] = {}
    for part in file.read_text(encoding="utf-8").split("-- name: ")[1:]:
        name, _, text = part.partition("\n")
        found[name.strip()] = [one.strip() for one in text.split(";\n") if one.strip()]
    return found
