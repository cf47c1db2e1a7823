"""Where rules/, reports/ and fixtures/ are: inside the installed package, or beside it in a checkout.

This module alone knows; everything else asks it.
"""

from __future__ import annotations

from pathlib import Path

from scanner.errors import WatchbillError

_PACKAGE = Path(__file__).resolve().parent


def _find(name: str) -> Path:
    inside = _PACKAGE / name
    if inside.is_dir():
        return inside
    beside = _PACKAGE.parent / name
    if beside.is_dir() and (_PACKAGE.parent / "pyproject.toml").is_file():
        return beside
    raise WatchbillError(
        f"the folder {name}/ of watchbill is neither at {inside} nor at {beside}",
        hint="the installation is broken: reinstall watchbill",
    )


def rules() -> Path:
    """The folder of the shipped rules (family/name.sql and .yaml)."""
    return _find("rules")


def reports() -> Path:
    """The folder of the report templates and their assets."""
    return _find("reports")


def worlds() -> Path:
    """The folder of the recorded worlds that `watchbill demo` can replay."""
    return _find("fixtures") / "worlds"
