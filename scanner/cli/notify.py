"""`watchbill notify`: one digest an owner, and tickets; nothing is sent unless it is asked for."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from scanner.cli import options
from scanner.errors import INCOMPLETE, PASSED, SettingsError, StoreError

RECORD = "told.json"


@click.command("notify")
@options.scan_id
@click.option("--send", is_flag=True, help="Send the digests; without it they are only shown.")
@click.option("--dry-run", is_flag=True, help="Only show them (the default).")
@click.option(
    "--out", "-o", metavar="DIR", help="Write GitHub and Jira issues as Markdown files there."
)
@options.store
@options.config
def command(
    config: str | None, store: str | None, out: str | None, send: bool, dry_run: bool, wanted: str
) -> int:
    """Tell each owner what is first seen, worse, overdue or fixed since they were last told.

    Who is told where stands in teams.yaml, or under channels in watchbill.yaml. Whoever was told of a scan
    is not told of it again. Exit code 3 where something could not be delivered.
    """
    if send and dry_run:
        raise click.UsageError("--send and --dry-run are opposites")
    from scanner import tell
    from scanner.declared.answering import read_sources
    from scanner.judge.news import news
    from scanner.store import snapshot
    from scanner.tell import letters, tickets, words

    settings = options.settings(config, store=store)
    folder = options.folder(settings)
    report = tell.load(snapshot.report(snapshot.find(folder, wanted)))
    if out:
        for path in tickets.write(report, Path(out)):
            click.echo(f"ticket   {path}", err=True)
    told = _Told(folder)
    found = news(
        report, lambda team: _before(folder, report, told.last(team)), settings.overdue_days
    )
    due = [one for one in found if not one.empty and told.last(one.team) != report.scan.id]
    if not send:
        for one in due:
            click.echo(f"{letters.title(one, report)}\n\n{letters.body(one, report)}")
        click.echo(f"{words.plural(len(due), 'digest')}; nothing was sent", err=True)
        return PASSED
    directory = read_sources(settings, datetime.now(UTC).date()).directory
    failed = 0
    for one in due:
        problem = _deliver(one, report, directory)
        failed += bool(problem)
        if not problem:
            told.remember(one.team, report.scan.id)
        click.echo(f"{letters.title(one, report)}: {problem or 'sent'}", err=True)
    return INCOMPLETE if failed else PASSED


def _deliver(one: Any, report: Any, directory: Any) -> str:
    """Send one digest; `` where one channel took it, else why none did."""
    from scanner.tell import letters
    from scanner.tell.send import send

    team = directory.team(one.team)
    if one.team is None:
        return "not sent: nobody owns these, and no fallback_owner is set"
    if team is None or not team.channels:
        return "not sent: the team has no channel in teams.yaml or the settings"
    title, body = letters.title(one, report), letters.body(one, report)
    problems = [send(channel, title, body) for channel in team.channels]
    return "" if not all(problems) else "not sent: " + "; ".join(problems)


def _before(folder: Path, report: Any, last: str | None) -> Any | None:
    """The report that an owner was last told of, else the one before this."""
    from scanner import tell
    from scanner.store import snapshot

    for wanted in (last, report.scan.previous):
        if wanted and wanted != report.scan.id:
            try:
                return tell.load(snapshot.report(snapshot.find(folder, wanted)))
            except StoreError:
                continue
    return None


class _Told:
    """Which scan each owner was last told of; a file beside the snapshots."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / RECORD
        self._scans: dict[str, str] = {}
        if self._file.exists():
            try:
                held = json.loads(self._file.read_text(encoding="utf-8"))
                self._scans = {str(team): str(scan) for team, scan in held.items()}
            except (ValueError, AttributeError) as error:
                raise SettingsError(
                    f"{self._file}: not what watchbill wrote",
                    hint="remove it: everybody is told again",
                ) from error

    def last(self, team: str | None) -> str | None:
        return self._scans.get(team or "")

    def remember(self, team: str | None, scan: str) -> None:
        from scanner.tell.targets import write_text

        self._scans[team or ""] = scan
        write_text(self._file, json.dumps(self._scans, indent=2, sort_keys=True) + "\n")
