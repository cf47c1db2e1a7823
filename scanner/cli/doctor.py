"""`watchbill doctor`: what stands in the way of a scan, and what to do about it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from scanner.cli import options

if TYPE_CHECKING:
    from scanner.doctor import Check

WIDTH = 14
MARKS = {"ok": "ok", "note": "note", "bad": "BAD"}


@click.command("doctor")
@click.option(
    "--state", "-s", "states", metavar="SRC", multiple=True, help="As of `scan`. Repeatable."
)
@click.option("--region", "-r", "regions", metavar="REGION", multiple=True, help="Repeatable.")
@options.store
@options.config
def command(config: str | None, **flags: object) -> int:
    """Say what stands in the way of a scan: credentials, clock, accounts and regions, denied operations with
    the rules that they hide and the statement that would allow them, states, the store.

    Every list operation is asked once, in one region of each account; calls about single resources are
    judged by the last scan. Exit code 4 for credentials, 2 for settings and the store, 3 where a scan
    would not see everything it is asked to see.
    """
    from scanner.doctor import diagnose

    found = diagnose(options.settings(config, **flags), _tell)
    if found.statement:
        click.echo("\nThe statement that is missing:\n")
        click.echo(json.dumps(found.statement, indent=2))
    return found.exit_code


def _tell(check: Check) -> None:
    from scanner.tell.clean import clean

    click.echo(f"{MARKS[check.level]:<5}{check.name:<{WIDTH}} {clean(check.says)}")
    for line in filter(None, check.more):
        click.echo(f"{'':<{5 + WIDTH}} {clean(line)}")
