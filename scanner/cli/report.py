"""`watchbill report`: a finished scan in other formats, without AWS."""

from __future__ import annotations

import sys

import click

from scanner.cli import options


@click.command("report")
@options.told_scan
@options.out
@options.store
@options.config
def command(config: str | None, store: str | None, out: tuple[str, ...], wanted: str) -> None:
    """Write reports of a finished scan again, in any format. Without --out a summary is printed."""
    from scanner import tell

    settings = options.settings(config, store=store)
    tell.check(out)
    report = options.report(options.folder(settings), wanted)
    if not out:
        from scanner.tell.terminal import render

        render(report, sys.stdout)
        return
    tell.write(report, out)
    for target in out:
        if target != "-":
            click.echo(f"report   {target}", err=True)
