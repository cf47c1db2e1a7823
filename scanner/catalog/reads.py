"""Which attributes of a row a path reads: where one of them was not read, the path says nothing."""

from __future__ import annotations

from functools import cache

from scanner.catalog.path import words
from scanner.catalog.spec import load


@cache
def reads(type_: str, *paths: str) -> frozenset[str]:
    """The attributes of a type that any of the paths reads."""
    return words(" ".join(paths)) & load()[type_].kept.keys()
