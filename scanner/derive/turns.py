"""What a turn from one scan to the next means: the truth tables of drift over time, and which side moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from scanner.derive.compare import SENSITIVE


def _table(text: str) -> Mapping[tuple[str, str, str], str]:
    (_, _, *columns), *lines = (line.split() for line in text.strip().splitlines())
    return {
        (first, second, column): event.strip(".")
        for first, second, *events in lines
        for column, event in zip(columns, events, strict=True)
    }


# by the verdicts before and now, and which side moved; where both did: declared `took` what actual was,
# actual went `back` to what declared was, or each took the other's place
EVENTS = _table("""
before   now      neither     actual     declared   both       took       back       crossed
absent   absent   .           .          .          .          .          .          .
absent   in_sync  .           .          .          .          .          .          .
absent   changed  found       found      found      found      found      found      found
in_sync  absent   .           .          .          .          .          .          .
in_sync  in_sync  .           .          .          .          .          .          .
in_sync  changed  reassessed  introduced introduced introduced introduced introduced introduced
changed  absent   undeclared  undeclared undeclared undeclared undeclared undeclared undeclared
changed  in_sync  reassessed  reverted   absorbed   settled    absorbed   reverted   reassessed
changed  changed  .           .          .          .          absorbed   .          absorbed
""")
ARRIVALS = _table("""
side     before     absent     matched    missing    managed    unmanaged  other
declared start      .          .          lost       .          .          .
declared absent     .          .          lost       .          .          .
declared matched    dropped    .          lost       .          .          .
declared missing    dropped    returned   .          .          .          .
actual   start      .          .          .          .          appeared   .
actual   absent     .          .          .          returned   returned   returned
actual   managed    vanished   .          .          .          released   .
actual   unmanaged  vanished   .          .          imported   .          .
actual   other      vanished   .          .          imported   appeared   .
""")
STATES = {name: name for name in ("matched", "missing", "unmanaged")}
STATES |= dict.fromkeys(("declared", "double_declared"), "managed")


class Point(NamedTuple):
    """An attribute in one run: its verdict, and both sides as canonical JSON."""

    verdict: str = "absent"
    declared: str | None = None
    actual: str | None = None


def movement(before: Point, now: Point, in_sync: str | None = None) -> str:
    """Which side moved, as the columns of EVENTS name it. `in_sync`: what actual was when both agreed."""
    declared, actual = before.declared != now.declared, before.actual != now.actual
    if not declared and f'"{SENSITIVE}"' in (now.declared or ""):
        # a hidden value looks the same when it moves; that the verdict turned tells
        turned = before.verdict != now.verdict
        declared = turned and (not actual or (now.verdict == "in_sync" and now.actual != in_sync))
    if declared and actual:
        took, back = now.declared == before.actual, now.actual == before.declared
        return ("both", "took", "back", "crossed")[took + 2 * back]
    return ("neither", "actual", "declared")[actual + 2 * declared]
