"""`watchbill waivers`: excuse a finding for a while, and see what is excused and for how long."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.cli import options
from scanner.errors import GATE_FAILED, PASSED
from scanner.settings import WAIVERS
from scanner.tell.clean import clean
from scanner.tell.words import days_left

if TYPE_CHECKING:
    from scanner.waiver import Waiver

CATEGORY = click.Choice(["accepted-risk", "mitigated", "false-positive", "planned-removal"])

now_option = click.option(
    "--now", metavar="ISO", help="The moment to judge by [default: the clock]."
)


@click.group("waivers")
def command() -> None:
    """Excuse a finding for a while; see what is excused, why, by whom and until when."""


@command.command("add")
@click.argument("fingerprint")
@click.option("--requested-by", required=True, metavar="WHO", help="Who wants it to stay.")
@click.option("--approved-by", required=True, metavar="WHO", help="Who allows it.")
@click.option("--ticket", required=True, metavar="ID", help="Where it was decided.")
@click.option(
    "--reason", required=True, metavar="TEXT", help="Why it may stay, 20 characters or more."
)
@click.option("--owner", metavar="TEAM", help="Who answers for it [default: the finding's owner].")
@click.option("--category", type=CATEGORY, default="accepted-risk", show_default=True)
@click.option("--expires", metavar="DATE", help="Its last day [default: in 30 days].")
@click.option("--id", "id_", metavar="ID", help="Its name [default: made of rule and fingerprint].")
@now_option
@options.waivers
@options.told_scan
@options.store
@options.config
def add(
    config: str | None,
    store: str | None,
    waivers: str | None,
    fingerprint: str,
    wanted: str,
    now: str | None,
    id_: str | None,
    **given: str | None,
) -> None:
    """Append a waiver of the finding FINGERPRINT (or the beginning of it) to the file of waivers.

    Nothing else in the file changes, and nothing is written where the whole would not be valid.
    """
    from scanner.judge.waiver_file import append
    from scanner.scan import every_rule, stamp
    from scanner.tell.waiver import block

    settings = options.settings(config, store=store, waivers=waivers)
    report = options.report(options.folder(settings), wanted)
    finding = options.finding(report, fingerprint)
    moment = options.moment(now) or datetime.now(UTC)
    said = {name: text for name, text in {"id": id_, **given}.items() if text is not None}
    file = Path(settings.waivers or WAIVERS)
    made = append(file, block(finding, stamp(moment), said), every_rule(settings), moment.date())[
        -1
    ]
    click.echo(f"{made.where}: {made.id} excuses {finding.rule} until {made.expires}")
    click.echo(clean(finding.says))


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@now_option
@options.waivers
@options.config
def list_(config: str | None, waivers: str | None, now: str | None, as_json: bool) -> None:
    """List every waiver with its state and the days it has left."""
    found, today = _read(config, waivers, now)
    rows = [_row(waiver, today) for waiver in found]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    if not rows:
        click.echo("no waivers")
        return
    width = max(len(row["id"]) for row in rows)
    for row in sorted(rows, key=lambda row: (row["days_left"], row["id"])):
        line = (
            f"{row['id']:{width}}  {row['state']:9}  {days_left(row['days_left']):18}  {row['rule']}  "
            f"{row['owner']}, approved by {row['approved_by']} ({row['ticket']})"
        )
        click.echo(clean(line))


@command.command("check")
@click.option(
    "--within", type=click.IntRange(min=0), metavar="DAYS", default=None,
    help="Also exit 1 for one that ends within so many days.",
)  # fmt: skip
@now_option
@options.waivers
@options.config
def check(config: str | None, waivers: str | None, now: str | None, within: int | None) -> int:
    """Read the file of waivers as strictly as a scan does.

    Exit code 0 where all of them hold, 1 where one has expired (or ends within DAYS), 2 where the file is
    not valid or not there.
    """
    found, today = _read(config, waivers, now, needed=True)
    bar = -1 if within is None else within
    late = [row for row in (_row(w, today) for w in found) if row["days_left"] <= bar]
    for row in sorted(late, key=lambda row: (row["days_left"], row["id"])):
        click.echo(clean(f"{row['where']}: {row['id']}: {days_left(row['days_left'])}"))
    count = f"{len(found)} waiver{'' if len(found) == 1 else 's'}"
    click.echo(f"{count}, {sum(row['days_left'] < 0 for row in late)} expired")
    return GATE_FAILED if late else PASSED


@command.command("baseline")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@options.told_scan
@options.store
@options.config
def baseline(config: str | None, store: str | None, wanted: str, file: Path) -> None:
    """Write the open findings of a scan to FILE, for `gate --baseline FILE`.

    Where FILE is there already it only shrinks: what is fixed leaves it, and nothing comes into it.
    """
    from scanner.judge.baseline import made, read, shrunk, write

    settings = options.settings(config, store=store)
    report = options.report(options.folder(settings), wanted)
    before = read(file) if file.exists() else None
    after = shrunk(before, report) if before else made(report)
    write(after, file)
    left = f", {len(before.findings) - len(after.findings)} left it" if before else ""
    click.echo(f"{file}: {len(after.findings)} findings{left} (scan {report.scan.id})")


def _read(
    config: str | None, waivers: str | None, now: str | None, *, needed: bool = False
) -> tuple[tuple[Waiver, ...], date]:
    from scanner.judge.waiver_file import read
    from scanner.scan import every_rule

    settings = options.settings(config, waivers=waivers)
    today = (options.moment(now) or datetime.now(UTC)).date()
    if settings.waivers is None and not needed:
        return (), today
    return read(settings.waivers or WAIVERS, every_rule(settings), today), today


def _row(waiver: Waiver, today: date) -> dict[str, Any]:
    from scanner.judge.waivers import EXPIRING_DAYS

    left = (date.fromisoformat(waiver.expires) - today).days
    state = "expired" if left < 0 else "expiring" if left <= EXPIRING_DAYS else "in force"
    names = ("id", "rule", "owner", "approved_by", "ticket", "expires", "where")
    return {**{n: getattr(waiver, n) for n in names}, "state": state, "days_left": left}
