"""What is shown while a scan runs: a moving line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from scanner.cli.log import Log
from scanner.collect.engine import Progress

EVERY_SECONDS = 10.0


@contextmanager
def shown(quiet: bool, log: Log) -> Iterator[Progress | None]:
    """A progress callback for the engine, drawn on stderr; None where nothing is to be shown."""
    if quiet:
        yield None
        return
    if log.json or not sys.stderr.isatty():
        yield _lines(log)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("collecting"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TextColumn("{task.fields[type]}", markup=False),
    )  # fmt: skip
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, type="")

        def report(type_: str, done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, type=type_)

        yield report


def _lines(log: Log) -> Progress:
    last = time.monotonic()

    def report(type_: str, done: int, total: int) -> None:
        nonlocal last
        moment = time.monotonic()
        if moment - last >= EVERY_SECONDS:
            last = moment
            text = f"watchbill: collected {done} of {total} ({type_})"
            log.say(text, done=done, total=total, type=type_)

    return report
