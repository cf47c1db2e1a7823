"""`watchbill gate`: passes or fails a pipeline by a finished scan; AWS is not asked."""

from __future__ import annotations

import click

from scanner.cli import options
from scanner.errors import SettingsError

SHOWN = 20


@click.command("gate")
@options.scan_id
@options.fail_on
@click.option("--new-only", is_flag=True, help="Only findings that the scan before did not have.")
@click.option(
    "--min-seen", type=click.FloatRange(0, 100), help="Least percentage seen [default: 100]."
)
@options.baseline
@options.store
@options.config
def command(
    config: str | None,
    store: str | None,
    baseline: str | None,
    fail_on: str | None,
    new_only: bool,
    min_seen: float | None,
    wanted: str,
) -> int:
    """Pass or fail a pipeline by a finished scan.

    Exit code 1 where a finding is severe enough, else 3 where too little was seen to say, else 0. What is
    waived, or stands in the baseline and is no worse, fails nothing and is counted.
    """
    from scanner import tell
    from scanner.judge.baseline import read
    from scanner.judge.gate import gate
    from scanner.store import snapshot
    from scanner.tell.clean import clean

    settings = options.settings(
        config, store=store, fail_on=fail_on, min_seen=min_seen, baseline=baseline
    )
    if settings.fail_on is None:
        raise SettingsError(
            "the gate has no bar", hint="give --fail-on, or set fail_on in watchbill.yaml"
        )
    report = tell.load(snapshot.document(snapshot.find(options.folder(settings), wanted)))
    verdict = gate(
        report,
        settings.fail_on,
        min_seen=settings.min_seen,
        new_only=new_only,
        baseline=read(settings.baseline) if settings.baseline else None,
    )
    for title, findings in (("", verdict.failing), ("in the baseline: ", verdict.excused)):
        for finding in findings[:SHOWN]:
            note = f" ({finding.waiver.note})" if finding.waiver and finding.waiver.note else ""
            click.echo(clean(f"{title}{finding.severity:8}  {finding.rule}  {finding.says}{note}"))
        if len(findings) > SHOWN:
            click.echo(f"{title}... and {len(findings) - SHOWN} more")
    click.echo(f"{verdict.words} (scan {report.scan.id})")
    return verdict.exit_code
