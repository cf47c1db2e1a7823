"""Options that several commands share, and settings with flags laid over them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from scanner.errors import ReportError, SettingsError, StoreError
from scanner.model import SEVERITIES, Finding, Report
from scanner.settings import Settings, read

F = TypeVar("F", bound=Callable[..., Any])

config = click.option(
    "--config",
    metavar="FILE",
    envvar="WATCHBILL_CONFIG",
    help="Settings [default: ./watchbill.yaml].",
)
store = click.option(
    "--store", metavar="DIR", help="Folder of the snapshots [default: .watchbill]."
)
out = click.option(
    "--out",
    "-o",
    metavar="PATH",
    multiple=True,
    help="Write a report; the format follows the suffix (findings.json, .sarif, .csv, .md, .html, "
    "junit.xml), a path ending in / gets the whole tree. Repeatable.",
)
fail_on = click.option(
    "--fail-on", type=click.Choice(SEVERITIES), help="Fail on a finding this severe or worse."
)
waivers = click.option(
    "--waivers", metavar="FILE", help="File of waivers [default: ./waivers.yaml if there is one]."
)
baseline = click.option(
    "--baseline", metavar="FILE", help="Findings in this file fail no gate unless they grow worse."
)
scan_id = click.option(
    "--scan", "wanted", metavar="ID", default="latest", show_default=True, help="Which scan."
)
told_scan = click.option(
    "--scan",
    "wanted",
    metavar="SCAN",
    default="latest",
    show_default=True,
    help="Which scan: its id, or the path of its findings.json.",
)


def settings(config_file: str | None, **flags: Any) -> Settings:
    """The settings with every flag that was given laid over them."""
    given = {name: value for name, value in flags.items() if value not in (None, ())}
    return msgspec.structs.replace(read(config_file), **given)


def moment(text: str | None) -> datetime | None:
    """The time in `--now`: ISO 8601, UTC where it names no zone. Raises SettingsError."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(
            f"--now {text}: not an ISO 8601 time", hint="write it as 2026-11-23T02:00:00Z"
        ) from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def folder(configured: Settings) -> Path:
    """The store of the settings."""
    return Path(configured.store)


def report(store: Path, wanted: str) -> Report:
    """The report of a scan by its id, its beginning, `latest`, or the path of its snapshot or findings.json.

    Raises StoreError where there is none, ReportError where it cannot be read.
    """
    from scanner import tell
    from scanner.store import snapshot

    if not wanted.endswith(".json"):
        return tell.load(snapshot.report(snapshot.find(store, wanted)))
    try:
        return tell.load(Path(wanted).read_bytes())
    except OSError as error:
        raise ReportError(
            f"{wanted} cannot be read: {error.strerror}", hint="give the findings.json of a scan"
        ) from error


SHORTEST = 4


def finding(report: Report, beginning: str) -> Finding:
    """The one finding whose fingerprint begins so. Raises StoreError otherwise."""
    found = [f for f in report.findings if f.fingerprint.startswith(beginning)]
    if len(found) != 1 or len(beginning) < SHORTEST:
        problem = "several findings begin" if len(found) > 1 else "no finding begins"
        raise StoreError(
            f"{problem} with {beginning!r} in scan {report.scan.id}",
            hint="copy the fingerprint from a report; it is in every format",
        )
    return found[0]
