"""summary.md: the report as a comment on a pull request, in which no name can do anything."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, TextIO

from scanner import shipped
from scanner.model import SEVERITIES, Report
from scanner.tell import words
from scanner.tell.clean import clean
from scanner.tell.digest import Digest, ordered
from scanner.tell.waiver import block

if TYPE_CHECKING:
    from jinja2 import Template

LIMIT = 60_000
"""Characters of the whole comment; GitHub refuses more than 65,536."""

_SIZES = ((20, 15, 10), (10, 8, 5), (3, 3, 3), (0, 0, 0))
"""How many findings, owners and gaps to list, from the fullest to the barest."""

# An @ pings people, # and ! point at issues, and addresses become links, each even when escaped:
# a zero-width space after them keeps the text and takes the meaning.
_TRIGGER = re.compile(r"[@#!~$%^&](?=\w)|:(?=//)|(?i:www(?=\.)|gh(?=-\d))")
_SPECIAL = re.compile(r"[\\`*_{}\[\]|~#!$^]|^[-+=]|^\d+(?=[.)])")


class Escaped(str):
    """Markdown that is already safe."""

    __slots__ = ()


def render(report: Report, out: TextIO) -> None:
    """Write `report` as markdown of at most LIMIT characters."""
    digest = Digest(ordered(report))
    text = ""
    for findings, owners, gaps in _SIZES:
        text = _template().render(
            digest=digest,
            report=digest.report,
            scan=digest.report.scan,
            severities=SEVERITIES,
            words=words,
            most_findings=findings,
            most_owners=owners,
            most_gaps=gaps,
        )
        if len(text) <= LIMIT:
            break
    out.write(text[:LIMIT])


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(  # noqa: S701 - markdown, escaped by `finalize`
        loader=FileSystemLoader(shipped.reports()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_safe,
    )
    environment.filters.update(cell=cell, code=code, fenced=fenced, number=words.number)
    environment.globals.update(block=block)
    return environment.get_template("pull-request.md")


def _safe(value: Any) -> Any:
    """Everything a template puts out is escaped unless `code` made it."""
    return escape(value) if isinstance(value, str) and not isinstance(value, Escaped) else value


def escape(text: str, limit: int = 600) -> Escaped:
    """`text` as markdown that shows it and does nothing else."""
    shown = words.short(clean(text).strip(), limit)
    broken = _TRIGGER.sub(lambda match: match.group() + "\u200b", shown)
    broken = _SPECIAL.sub(_backslashed, broken)
    broken = broken.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Escaped(broken.replace("\u200b", "&#8203;"))


def _backslashed(match: re.Match[str]) -> str:
    found = match.group()
    return f"{found}\\" if found[0].isdigit() else f"\\{found}"


def code(text: str, limit: int = 200) -> Escaped:
    """`text` as a code span, in which neither a mention nor markup means anything."""
    shown = words.short(clean(text), limit)
    if not shown:
        return Escaped("")
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return Escaped(f"{fence}{pad}{shown}{pad}{fence}")


def fenced(text: str) -> Escaped:
    """Lines to copy, fenced in longer than any run of backticks in them."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return Escaped(f"{fence}yaml\n{clean(text, lines=True).rstrip()}\n{fence}")


def cell(text: str) -> Escaped:
    """A code span inside a table, where a pipe would end the cell even so."""
    return Escaped(code(text).replace("|", "\\|"))
