"""`watchbill explain`: one finding with everything that is known of it, or one rule."""

from __future__ import annotations

import json

import click

from scanner.cli import options
from scanner.errors import StoreError

SHORTEST = 4


@click.command("explain")
@click.argument("what", metavar="FINGERPRINT|RULE")
@options.scan_id
@options.store
@options.config
def command(config: str | None, store: str | None, what: str, wanted: str) -> None:
    """Explain a finding (by the beginning of its fingerprint) or a rule (by its id)."""
    if "/" in what:
        from scanner.cli.rules import show

        click.echo(show(what))
        return
    from scanner import tell
    from scanner.store import snapshot
    from scanner.tell import story, words
    from scanner.tell.clean import clean

    settings = options.settings(config, store=store)
    report = tell.load(snapshot.document(snapshot.find(options.folder(settings), wanted)))
    found = [f for f in report.findings if f.fingerprint.startswith(what)]
    if len(found) != 1 or len(what) < SHORTEST:
        problem = "several findings begin" if len(found) > 1 else "no finding begins"
        raise StoreError(
            f"{problem} with {what!r} in scan {report.scan.id}",
            hint="copy the fingerprint from a report; it is in every format",
        )
    finding = found[0]
    rule = next((r for r in report.rules if r.id == finding.rule), None)
    owner = finding.owner
    who = f"{owner.team} ({owner.via})" if owner.team else f"nobody ({owner.state})"
    lines = [
        f"{finding.severity} {finding.status}: {finding.says}",
        f"rule       {finding.rule}",
        f"resource   {finding.resource}",
        f"address    {finding.address or 'not declared'}",
        f"owner      {who}",
        f"since      {finding.first_seen} ({words.lasting(finding)})",
        *([f"came       {story.came(finding)}"] if finding.story else []),
        *(f"history    {line}" for line in story.lines(finding)),
        *([f"unknown    {finding.unknown_because}"] if finding.unknown_because else []),
        *(f"{name:10} {json.dumps(value)}" for name, value in sorted(finding.evidence.items())),
    ]
    click.echo("\n".join(clean(line) for line in lines))
    click.echo(f"\nwhy\n{clean(rule.why if rule else '', lines=True)}")
    click.echo(f"\nfix\n{clean(finding.fix, lines=True)}")
