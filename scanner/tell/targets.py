"""Where a report goes: the format by the suffix, a tree into a folder, nothing half written."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from scanner.errors import ReportError

if TYPE_CHECKING:
    from scanner.model import Report

    Renderer = Callable[[Report, TextIO], None]

RENDERERS: Mapping[str, str] = {
    ".json": "scanner.tell.json",
    ".sarif": "scanner.tell.sarif",
    ".csv": "scanner.tell.csv",
    ".md": "scanner.tell.markdown",
    ".html": "scanner.tell.html",
    ".xml": "scanner.tell.junit",
    "gl-code-quality-report.json": "scanner.tell.codequality",
    "grants.csv": "scanner.tell.grants_csv",
}
"""The module that renders a suffix, or a file of that very name, loaded only when it is asked for."""

TREE = ("findings.json", "findings.csv", "findings.sarif", "junit.xml", "summary.md")
"""What lies beside the pages of a report tree."""

SOMETIMES = ("grants.html", "grants.csv", "figures.html", "waivers.html")
"""What lies there only where there is something to tell."""

SUMS = "SHA256SUMS"
"""The checksums of everything else in the tree."""

STDOUT = "-"

_KNOWN = (
    "findings.json, findings.sarif, findings.csv, summary.md, report.html, junit.xml, "
    "gl-code-quality-report.json, grants.csv"
)
_PAGE = re.compile("[a-z0-9-]{1,40}-[0-9a-f]{8}[.]html")
_OURS = b'<meta name="generator" content="watchbill">'
_GRANTS = b'"principal","grant","via"'


def renderer(path: Path) -> Renderer:
    """The render function of a file, by its name or suffix."""
    render: Renderer = import_module(RENDERERS[_format(path)]).render
    return render


def _format(path: Path) -> str:
    named = path.name in RENDERERS and not path.name.startswith(".")
    return path.name if named else path.suffix.lower()


def check(targets: Sequence[str]) -> None:
    """Raise ReportError for the first target that could not be written, before any work is done."""
    for target in targets:
        if target != STDOUT:
            try:
                _check(target)
            except (OSError, ValueError) as error:
                raise _refused(target, error) from error


def _check(target: str) -> None:
    path, tree = Path(target), _is_tree(target)
    if not target or (not tree and _format(path) not in RENDERERS):
        raise ReportError(
            f"no report format has the suffix of {target!r}",
            hint=f"use one of {_KNOWN}, a folder ending in / for all of them, or - for stdout",
        )
    _check_place(path, tree=tree)


def _check_place(path: Path, *, tree: bool) -> None:
    if tree and path.exists() and not path.is_dir():
        raise ReportError(f"{path} is a file, a report tree needs a folder", hint="name another")
    place = path if tree else path.parent
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        raise ReportError(f"{path} cannot be written: {place} refuses it", hint="name another")


def _is_tree(target: str) -> bool:
    return target.endswith(("/", os.sep)) or Path(target).is_dir()


def write(report: Report, targets: Sequence[str]) -> list[Path]:
    """Write `report` to every target and return the files made; `-` gets JSON on stdout."""
    check(targets)
    written: list[Path] = []
    for target in targets:
        if target == STDOUT:
            renderer(Path("findings.json"))(report, sys.stdout)
        elif _is_tree(target):
            written += _write_tree(report, Path(target))
        else:
            path = Path(target)
            _folder(path.parent)
            written.append(_write_file(path, renderer(path), report))
    return written


def _write_tree(report: Report, folder: Path) -> list[Path]:
    from scanner.tell.html import pages

    _folder(folder)
    names = [*TREE, *(["grants.csv"] if report.grants else [])]
    written = [_write_file(folder / name, renderer(Path(name)), report) for name in names]
    for name, render in pages(report):
        _folder((folder / name).parent)
        written.append(_write_file(folder / name, render, report))
    # A page left from an earlier scan would go on saying what is no longer so.
    for page in (*folder.glob("owners/*"), *folder.glob("accounts/*")):
        if page not in written and _PAGE.fullmatch(page.name) and _is_ours(page):
            page.unlink()
    for page in (folder / name for name in SOMETIMES):
        if page not in written and page.is_file() and _is_ours(page):
            page.unlink()
    return [*written, write_text(folder / SUMS, _sums(folder, written))]


def _sums(folder: Path, written: Sequence[Path]) -> str:
    """A line a file, as `sha256sum --check` reads it."""
    lines = []
    for path in sorted(written):
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        lines.append(f"{digest}  {path.relative_to(folder).as_posix()}\n")
    return "".join(lines)


def _is_ours(page: Path) -> bool:
    with page.open("rb") as content:
        return content.read(1000).find(_OURS if page.suffix == ".html" else _GRANTS) >= 0


def write_text(path: Path, text: str) -> Path:
    """Write a file that only its owner can read, whole or not at all."""
    _folder(path.parent)
    with _replacing(path) as out:
        out.write(text)
    return path


def _write_file(path: Path, render: Callable[[Any, TextIO], None], report: Report) -> Path:
    with _replacing(path) as out:
        render(report, out)
    return path


def _folder(path: Path) -> None:
    """Make a folder that only its owner can enter, with its parents; leave one that is there."""
    if path.is_dir():
        return
    _folder(path.parent)
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _refused(path, error) from error


@contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    """A private file beside `path` that takes its place when it is whole."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except (OSError, ValueError) as error:
        raise _refused(path, error) from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as out:
            yield out
        partial.replace(path)
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        partial.unlink(missing_ok=True)


def _refused(path: Path | str, error: OSError | ValueError) -> ReportError:
    reason = getattr(error, "strerror", None) or str(error)
    return ReportError(f"{path} cannot be written: {reason}", hint="name another place with --out")
