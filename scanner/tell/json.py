"""findings.json: the lossless form of a report, written and read back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TextIO

import msgspec

from scanner.errors import ReportError
from scanner.model import ACTUAL_COUNTS, DECLARED_COUNTS, SCHEMA, Finding, Report
from scanner.tell.digest import in_order, ordered
from scanner.tell.encode import indented


def render(report: Report, out: TextIO) -> None:
    """Write `report` as indented JSON; equal reports give equal bytes."""
    content = msgspec.to_builtins(ordered(report), order="deterministic")
    counts = content["counts"]
    counts["declared"] = in_order(counts["declared"], DECLARED_COUNTS)
    counts["actual"] = in_order(counts["actual"], ACTUAL_COUNTS)
    out.write(indented(content))


def load(text: str | bytes | Iterable[str]) -> Report:
    """The report that findings.json holds, or ReportError with what is wrong with it.

    A snapshot gives several texts: findings.json, and what further findings there are as lists.
    """
    if isinstance(text, str | bytes):
        return _whole(text)
    texts = iter(text)
    report = _whole(next(texts))
    try:
        # one at a time: together they may be larger than what is made of them
        found = [one for some in texts for one in msgspec.json.decode(some, type=list[Finding])]
    except msgspec.DecodeError as error:
        raise ReportError(f"the snapshot's findings: {error}", hint="scan again") from error
    return replace(report, findings=(*report.findings, *found)) if found else report


def _whole(text: str | bytes) -> Report:
    hint = "give the findings.json that `watchbill scan --out findings.json` wrote"
    try:
        content = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ReportError(f"findings.json is not JSON: {error}", hint=hint) from error
    schema = content.get("schema") if isinstance(content, dict) else None
    if type(schema) is not int:
        raise ReportError("findings.json has no schema number", hint=hint)
    if schema != SCHEMA:
        raise ReportError(
            f"findings.json has schema {schema}, this watchbill reads schema {SCHEMA}",
            hint="read it with the watchbill that wrote it, or scan again",
        )
    try:
        return msgspec.convert(content, Report, strict=True)
    except msgspec.ValidationError as error:
        raise ReportError(f"findings.json is not a report: {error}", hint=hint) from error
