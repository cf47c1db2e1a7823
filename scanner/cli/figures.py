"""`watchbill figures`: what all scans of a store say together."""

from __future__ import annotations

import sys

import click

from scanner.cli import options


@click.command("figures")
@options.scan_id
@options.store
@options.config
def command(config: str | None, store: str | None, wanted: str) -> None:
    """Print figures over all scans of a store, as they stood after a scan.

    They are the part `figures` of findings.json and the page figures.html of the report. What they are
    made of can be asked in SQL: `watchbill query --history "from flow()"` is one row a scan and team,
    `"from life()"` one row each time a finding came.
    """
    from scanner import tell
    from scanner.store import snapshot
    from scanner.tell.figures import render

    settings = options.settings(config, store=store)
    report = tell.load(snapshot.report(snapshot.find(options.folder(settings), wanted)))
    render(report, sys.stdout)
