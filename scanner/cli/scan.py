"""`watchbill scan`: one scan, its reports, and an exit code."""

from __future__ import annotations

import sys
from typing import Any

import click

from scanner.cli import options
from scanner.cli.log import FORMATS, Log
from scanner.cli.ping import pinged
from scanner.errors import INCOMPLETE, PASSED
from scanner.model import OPEN, SEVERITIES
from scanner.seen import PROCESS_ENDED


@click.command("scan")
@click.option(
    "--state", "-s", "states", metavar="SRC", multiple=True,
    help="Terraform state: a file, a glob, a folder, or a URL (s3, gs, azurerm, https, tfc). Repeatable.",
)  # fmt: skip
@click.option(
    "--authorization-details", metavar="FILE", multiple=True,
    help="Judge the IAM in this file (aws iam get-account-authorization-details) and ask AWS nothing. "
    "Repeatable.",
)  # fmt: skip
@click.option("--region", "-r", "regions", metavar="REGION", multiple=True, help="Repeatable.")
@click.option("--now", metavar="ISO", help="The moment rules judge by [default: the clock].")
@click.option("--fresh", is_flag=True, help="Ask everything, even if a scan broke off just now.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
@click.option(
    "--log-format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="json: what goes to stderr is an object a line, the last one sums the scan up.",
)
@click.option("--verbose", "-v", is_flag=True, help="Say how the time was spent.")
@options.fail_on
@options.waivers
@options.baseline
@options.out
@options.store
@options.config
def command(
    config: str | None,
    now: str | None,
    fresh: bool,
    quiet: bool,
    form: str,
    verbose: bool,
    **flags: Any,
) -> int:
    """Scan AWS, compare with Terraform states, write reports.

    AWS is reached as the standard environment says: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL and so on.
    Nothing is ever changed there. What a scan that was killed had collected is taken up by the next one
    of the same accounts, regions and types, if it follows within run_seconds (4 hours).
    With --authorization-details nothing is asked at all: who may do what is judged from the file.
    Without --fail-on the exit code says only whether watchbill could see.
    """
    settings = options.settings(config, **flags)
    moment = options.moment(now)
    log = Log(form)
    with pinged(settings.ping_url, log.warn) as ending:
        ending.exit_code = run(settings, moment, log, fresh=fresh, quiet=quiet, verbose=verbose)
    return ending.exit_code


def run(
    settings: Any,
    moment: Any,
    log: Log,
    *,
    fresh: bool = False,
    quiet: bool = False,
    verbose: bool = False,
) -> int:
    """Scan, write, tell, and give the exit code."""
    from scanner import tell
    from scanner.cli.progress import shown
    from scanner.judge.baseline import read
    from scanner.judge.gate import Bar, gate
    from scanner.scan import scan

    tell.check(settings.out)
    baseline = read(settings.baseline) if settings.baseline else None
    with shown(quiet, log) as progress:
        scanned = scan(settings, now=moment, progress=progress, note=log.warn, fresh=fresh)
    written = tell.write(scanned.report, settings.out)
    if not quiet and "-" not in settings.out:
        from scanner.tell.terminal import render

        render(scanned.report, sys.stdout)
    if not quiet and not log.json:
        log.say(f"snapshot {scanned.snapshot}")
        for target in [t for t in settings.out if t != "-"]:
            log.say(f"report   {target}")
    if verbose and not log.json:
        for name, seconds in scanned.seconds.items():
            log.say(f"{seconds:8.3f} s  {name}")
        log.say(f"{len(written)} files written")
    exit_code, words = _could_see(scanned.report), ""
    if bar := Bar.of(settings):
        verdict = gate(scanned.report, bar, baseline=baseline)
        exit_code, words = verdict.exit_code, verdict.words
        if not log.json:
            log.say(words)
    if log.json:
        log.say(words or "scan finished", exit_code=exit_code, **_summary(scanned, settings.out))
    return exit_code


def _summary(scanned: Any, out: Any) -> dict[str, Any]:
    """A scan in one line, for whoever reads logs by machine."""
    findings = scanned.report.findings
    return {
        "scan": scanned.report.scan.id,
        "seen_percent": scanned.report.coverage.percent,
        "open": {
            severity: sum(f.severity == severity and f.status in OPEN for f in findings)
            for severity in SEVERITIES
        },
        "new": sum(f.status == "new" for f in findings),
        "unknown": sum(f.status == "unknown" for f in findings),
        "seconds": scanned.seconds,
        "snapshot": str(scanned.snapshot),
        "reports": list(out),
    }


def _could_see(report: Any) -> int:
    """A plain scan is incomplete only where a named state, or everything in AWS, could not be read, or
    where a part of itself broke."""
    unread = any(source.status not in ("ok", "stale") for source in report.sources)
    blind = report.coverage.complete <= len(report.sources)
    broken = any(gap.error_code == PROCESS_ENDED for gap in report.coverage.gaps)
    return INCOMPLETE if unread or blind or broken else PASSED
