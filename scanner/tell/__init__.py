"""From a report to files that people and machines read: one function a format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.tell.targets import RENDERERS, check, write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scanner.model import Report

__all__ = ["RENDERERS", "check", "load", "write"]


def load(text: str | bytes | Iterable[str]) -> Report:
    """The report that findings.json or a snapshot holds, or ReportError with what is wrong with it."""
    from scanner.tell.json import load as read

    return read(text)
