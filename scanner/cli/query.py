"""`watchbill query`: SQL over a snapshot, shut in like a rule."""

from __future__ import annotations

import csv
import json
import sys

import click

from scanner.cli import options
from scanner.errors import RuleError


@click.command("query")
@click.argument("sql")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV instead of JSON lines.")
@click.option(
    "--history", is_flag=True, help="Ask the history of all scans (store/schema/history.sql)."
)
@options.scan_id
@options.store
@options.config
def command(
    config: str | None, store: str | None, sql: str, as_csv: bool, history: bool, wanted: str
) -> None:
    """Ask a snapshot, or with --history all of them, in SQL, read-only; one JSON line a row.

    The tables are those of scanner/store/schema/facts.sql and one view a resource type, for example
    "select name, visibility_timeout_seconds from aws_sqs_queue". Those of the history are in
    scanner/store/schema/history.sql, for example "from difference(1, 8)": what is otherwise in run 8.
    """
    from scanner.judge.run import Query, run
    from scanner.store import snapshot
    from scanner.store.history import find
    from scanner.store.lineage import lineage
    from scanner.tell.csv import cell

    settings = options.settings(config, store=store)
    lineage(sql)  # exactly one SELECT
    folder = options.folder(settings)
    path = find(folder) if history else snapshot.find(folder, wanted)
    answer = run(path, [Query("query", sql)])["query"]
    if answer.error:
        raise RuleError(
            answer.error,
            hint="the tables are described in scanner/store/schema/"
            + ("history.sql" if history else "facts.sql"),
        )
    if not as_csv:
        for row in answer.rows:
            click.echo(json.dumps(row))
        return
    writer = csv.writer(sys.stdout)
    if answer.rows:
        writer.writerow(list(answer.rows[0]))
    for row in answer.rows:
        writer.writerow([cell(_text(value)) for value in row.values()])


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)
