"""The summary on a screen: the verdict, what was not seen, who must act, in the lines that there are."""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Iterator, Mapping
from typing import TextIO

from scanner.model import SEVERITIES, Finding, Report, Severity
from scanner.tell import words
from scanner.tell.clean import clean
from scanner.tell.digest import Digest, ordered

SIZES = ((8, 4), (7, 4), (6, 3), (5, 2), (4, 1), (3, 1), (2, 1))
"""How many findings and owners to tell, from the fullest to the barest."""
GAPS = 3
BELOW = 3
"""Lines that the command and the prompt take below."""

_COLOURS: Mapping[Severity, str] = {
    "critical": "1;31",
    "high": "31",
    "medium": "33",
    "low": "36",
}


def render(report: Report, out: TextIO) -> None:
    """Write the summary of `report`; coloured only on a terminal that did not refuse colours."""
    colour, digest = _coloured(out), Digest(ordered(report))
    screen = shutil.get_terminal_size((100, 24)) if out.isatty() else None
    width = min(screen.columns, 120) if screen else 100
    for findings, owners in SIZES:
        lines = list(_lines(digest, width, findings, owners))
        if screen is None or len(lines) <= screen.lines - BELOW:
            break
    for text, code in lines:
        line = fitted(text, width).rstrip()
        out.write(f"\x1b[{code}m{line}\x1b[0m\n" if colour and code and line else f"{line}\n")


def _coloured(out: TextIO) -> bool:
    refused = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return out.isatty() and not refused


def _lines(digest: Digest, width: int, findings: int, owners: int) -> Iterator[tuple[str, str]]:
    for line in _wrapped(f"watchbill: {digest.verdict}", width):
        yield line, "1"
    yield f"{_seen(digest)}.", "" if digest.whole else "33"
    yield from _gaps(digest)
    yield "", ""
    if digest.open:
        yield from _matrix(digest)
        yield "", ""
        yield from _findings(digest, findings)
        yield "", ""
        yield from _owners(digest, owners)


def _seen(digest: Digest) -> str:
    coverage = digest.report.coverage
    calls = f"{words.number(coverage.complete)} of {words.plural(coverage.asked, 'call')}"
    waived = f", {words.number(len(digest.waived))} waived" if digest.waived else ""
    gone = f", {words.number(len(digest.gone))} gone" if digest.gone else ""
    undecided = words.number(len(digest.undecided))
    return f"Seen: {words.seen(coverage)} ({calls}), {undecided} not known{waived}{gone}"


def _gaps(digest: Digest) -> Iterator[tuple[str, str]]:
    gaps = digest.report.coverage.gaps
    for gap in gaps[:GAPS]:
        where = " ".join(filter(None, [gap.account, gap.region]))
        why = " ".join(filter(None, [gap.status, gap.error_code]))
        yield f"  not seen: {gap.service} {gap.operation} in {where}: {why}", "33"
    if len(gaps) > GAPS:
        yield f"  not seen: {words.number(len(gaps) - GAPS)} more", "33"
    for note in digest.report.notes[:2]:
        yield f"  note: {note}", "33"
    for finding in digest.lapsed[:GAPS]:
        yield f"  back: {finding.waiver.note if finding.waiver else ''} ({finding.says})", "33"
    if len(digest.lapsed) > GAPS:
        yield (
            f"  back: {words.number(len(digest.lapsed) - GAPS)} more whose waiver holds no longer",
            "33",
        )


def _matrix(digest: Digest) -> Iterator[tuple[str, str]]:
    yield f"{'':<12}" + "".join(f"{severity:>10}" for severity in SEVERITIES), "2"
    for family, counts in digest.families[:8]:
        if sum(counts.values()):
            cells = (words.number(counts[s]) if counts[s] else "." for s in SEVERITIES)
            yield _padded(family, 12) + "".join(f"{cell:>10}" for cell in cells), ""


def _findings(digest: Digest, most: int) -> Iterator[tuple[str, str]]:
    led = {f.fingerprint for f in digest.open}
    told = [f for f in digest.open if f.told_by not in led][:most]
    for finding in told:
        new = "new " if finding in digest.new else ""
        yield _finding(finding, new), _COLOURS[finding.severity]
    if len(digest.open) > len(told):
        yield f"{'':<9}and {words.number(len(digest.open) - len(told))} more", "2"


def _finding(finding: Finding, new: str) -> str:
    lasting = words.lasting(finding)
    since = "" if lasting == "today" else f", {lasting}"
    return f"{finding.severity:<9}{new}{finding.says}  [{finding.owner.team or 'no owner'}{since}]"


def _owners(digest: Digest, most: int) -> Iterator[tuple[str, str]]:
    yield f"Owners: {words.routed(digest.routing)}", "1"
    for owner in digest.owners[:most]:
        counts = [f"{words.number(owner.counts[s])} {s}" for s in SEVERITIES if owner.counts[s]]
        yield f"  {_padded(owner.label, 24)} {', '.join(counts) or 'nothing open'}", ""
    if len(digest.owners) > most:
        yield f"  and {words.number(len(digest.owners) - most)} more", "2"


def _wrapped(text: str, width: int) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = f"  {word}"
        else:
            line = f"{line} {word}" if line else word
    yield line


def fitted(text: str, width: int) -> str:
    """One harmless line of at most `width` columns; the middle goes where it is longer."""
    # A pipeline's runner takes `##[error]` and `##vso[` for commands wherever they stand.
    shown = clean(text).replace("##", "# #")
    if columns(shown) <= width:
        return shown
    tail = _fitting(shown[::-1], width // 3)[::-1]
    return f"{_fitting(shown, width - 1 - columns(tail))}…{tail}"


def _padded(text: str, width: int) -> str:
    """A cell of a table; a line that began with a name could be taken for `::error::`."""
    cell = fitted(text, width).replace("::", ": :")
    return cell + " " * (width - columns(cell))


def _fitting(text: str, room: int) -> str:
    """As much of the beginning of `text` as `room` columns take."""
    for end, char in enumerate(text):
        room -= columns(char)
        if room < 0:
            return text[:end]
    return text


def columns(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )
