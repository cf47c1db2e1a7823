"""`watchbill figures`: what all scans of a store say together."""

from __future__ import annotations

import sys

import click

from scanner.cli import options


@click.command("figures")
@options.told_scan
@options.store
@options.config
def command(config: str | None, store: str | None, wanted: str) -> None:
    """Print figures over all scans of a store, as they stood after a scan.

    They are the part `figures` of findings.json and the page figures.html of the report. What they are
    made of can be asked in SQL: `watchbill query --history "from flow()"` is one row a scan and team,
    `"from life()"` one row each time a finding came.
    """
    from scanner.tell.figures import render

    settings = options.settings(config, store=store)
    render(options.report(options.folder(settings), wanted), sys.stdout)
