"""`watchbill gate`: passes or fails a pipeline by a finished scan; AWS is not asked."""

from __future__ import annotations

import click

from scanner.cli import options
from scanner.errors import GATE_FAILED, SettingsError

SHOWN = 20


@click.command("gate")
@options.told_scan
@options.fail_on
@click.option("--new-only", is_flag=True, help="Only findings that the scan before did not have.")
@click.option(
    "--since",
    metavar="SCAN",
    help="Only findings that this scan did not have: its id, or the path of its findings.json. "
    "What it saw has to be seen again.",
)
@click.option(
    "--annotate",
    type=click.Choice(["github"]),
    help="Print what fails as annotations of the pipeline's own kind.",
)
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
    since: str | None,
    annotate: str | None,
    min_seen: float | None,
    wanted: str,
) -> int:
    """Pass or fail a pipeline by a finished scan.

    Exit code 1 where a finding is severe enough, else 3 where too little was seen to say, else 0. What is
    waived, or stands in the baseline and is no worse, fails nothing and is counted. watchbill.yaml may set
    a bar of its own for a rule or family (fail_on_rules) and budgets (at_most).

    A runner that keeps no store has no scan before: --new-only then says nothing of a severe finding and
    ends with 3. Give --since the findings.json of an earlier scan instead, say of last night's artifact:

    \b
      watchbill gate --fail-on high --since last-night/findings.json
    """
    from scanner.judge.baseline import read
    from scanner.judge.choose import bar
    from scanner.judge.gate import Bar, gate
    from scanner.tell.clean import clean

    settings = options.settings(
        config, store=store, fail_on=fail_on, min_seen=min_seen, baseline=baseline
    )
    if not Bar.of(settings):
        raise SettingsError(
            "the gate has no bar", hint="give --fail-on, or set fail_on in watchbill.yaml"
        )
    folder = options.folder(settings)

    report = options.report(folder, wanted)
    verdict = gate(
        report,
        bar(settings, [*(rule.id for rule in report.rules), *settings.disable]),
        new_only=new_only,
        since=options.report(folder, since) if since else None,
        baseline=read(settings.baseline) if settings.baseline else None,
    )
    if annotate:
        from scanner.tell.github import annotate as lines

        for line in lines(verdict.failing, verdict.words, failed=verdict.exit_code == GATE_FAILED):
            click.echo(line)
        return verdict.exit_code
    for title, findings in (("", verdict.failing), ("in the baseline: ", verdict.excused)):
        for finding in findings[:SHOWN]:
            note = f" ({finding.waiver.note})" if finding.waiver and finding.waiver.note else ""
            click.echo(clean(f"{title}{finding.severity:8}  {finding.rule}  {finding.says}{note}"))
        if len(findings) > SHOWN:
            click.echo(f"{title}... and {len(findings) - SHOWN} more")
    click.echo(f"{verdict.words} (scan {report.scan.id})")
    return verdict.exit_code
