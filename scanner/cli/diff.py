"""`watchbill diff`: what changed between two scans, by fingerprint."""

from __future__ import annotations

import click

from scanner.cli import options


@click.command("diff")
@click.argument("older")
@click.argument("newer", default="latest")
@options.store
@options.config
def command(config: str | None, store: str | None, older: str, newer: str) -> None:
    """Say which findings came, went or could not be looked at between the scans OLDER and NEWER.

    A scan is named by its id, the beginning of it, `latest`, or the path of its file.
    """
    from scanner import tell
    from scanner.judge.changes import changes
    from scanner.store import snapshot
    from scanner.tell.clean import clean

    settings = options.settings(config, store=store)
    folder = options.folder(settings)
    before, after = (
        tell.load(snapshot.document(snapshot.find(folder, wanted))) for wanted in (older, newer)
    )
    click.echo(f"{before.scan.id} ({before.coverage.percent:g} % seen) -> ", nl=False)
    click.echo(f"{after.scan.id} ({after.coverage.percent:g} % seen)")
    for word, findings in changes(before, after).items():
        click.echo(f"{word}: {len(findings)}")
        for finding in findings:
            click.echo(f"  {finding.severity:8}  {finding.rule}  {clean(finding.says)}")
