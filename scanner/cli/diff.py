"""`watchbill diff`: what changed between two scans, and what Terraform itself says beside one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from scanner.cli import options
from scanner.errors import GATE_FAILED, PASSED, RuleError

MOST_LINES = 20
"""What one principal gained, or lost, that is printed; the rest is counted."""

if TYPE_CHECKING:
    from scanner.derive.evidence import Evidence, Pair
    from scanner.model import Report, Scan


@click.command("diff")
@click.argument("older", required=False)
@click.argument("newer", required=False)
@click.option(
    "--evidence",
    "plans",
    metavar="PLAN",
    multiple=True,
    help="JSON of a refresh-only plan, to put beside a scan. Repeatable.",
)
@click.option("--scan", "wanted", metavar="ID", help="Which scan [default: NEWER, else latest].")
@click.option("--json", "as_json", is_flag=True, help="Print the evidence as JSON.")
@options.store
@options.config
def command(
    config: str | None,
    store: str | None,
    older: str | None,
    newer: str | None,
    plans: tuple[str, ...],
    wanted: str | None,
    as_json: bool,
) -> int:
    """Say which findings came, went or could not be looked at between the scans OLDER and NEWER.

    Then, who may do more or less than before: what their policies together allow, however it is written.

    A scan is named by its id, the beginning of it, `latest`, or the path of its snapshot or findings.json;
    of the latter permissions are not compared. NEWER is the latest unless it is given.

    With --evidence, and then without OLDER and NEWER if you like, put Terraform's own verdict beside
    that of a scan, attribute by attribute: what both call changed, what only one does, and why.

    \b
      terraform plan -refresh-only -out=p && terraform show -json p > plan.json
      watchbill diff --evidence plan.json

    Recall is the part of what Terraform calls changed that watchbill does too, over the configurable
    attributes of collected types; precision the part of what watchbill calls changed that Terraform
    does too. A policy or JSON text that says the same in another way is listed as equivalent, and not
    counted. Exit code 1 where something is left that no known limit explains (`disagreement`), else 0.
    No value of the plan is printed or kept.
    """
    if not plans and (wanted or as_json):
        raise click.UsageError("--scan and --json go with --evidence")
    if older is None and not plans:
        raise click.UsageError("Missing argument 'OLDER'.")
    if older is not None and as_json:
        raise click.UsageError("--json is about --evidence alone: leave OLDER and NEWER out")
    settings = options.settings(config, store=store)
    folder = options.folder(settings)
    from scanner.declared.plan import read_plan
    from scanner.derive.evidence import weigh

    read = [read_plan(path) for path in plans]
    if older is not None:
        _changes(options.report(folder, older), options.report(folder, newer or "latest"))
        if any(scan.endswith(".json") for scan in (older, newer or "latest")):
            click.echo("permissions were not compared: a findings.json has none", err=True)
        else:
            _powers(folder, older, newer or "latest")
    if not plans:
        return PASSED
    report = options.report(folder, wanted or newer or "latest")
    found = [weigh(plan, report, settings.ignored_tags) for plan in read]
    if as_json:
        from scanner.tell.encode import indented

        click.echo(indented(_document(report.scan, found)), nl=False)
    else:
        for one in found:
            _print(report.scan, one)
    return GATE_FAILED if any(one.disagreements for one in found) else PASSED


def _changes(before: Report, after: Report) -> None:
    from scanner.judge.changes import changes
    from scanner.tell.clean import clean

    click.echo(f"{before.scan.id} ({before.coverage.percent:g} % seen) -> ", nl=False)
    click.echo(f"{after.scan.id} ({after.coverage.percent:g} % seen)")
    for word, findings in changes(before, after).items():
        click.echo(f"{word}: {len(findings)}")
        for finding in findings:
            click.echo(f"  {finding.severity:8}  {finding.rule}  {clean(finding.says)}")


def _powers(folder: Any, older: str, newer: str) -> None:
    from scanner.derive.powers import HELD, PRINCIPALS, SAID, moved, powers
    from scanner.judge.run import Query, told
    from scanner.judge.who_can import unseen
    from scanner.store import snapshot
    from scanner.tell.clean import clean

    asked = {"held": HELD, "there": PRINCIPALS, "unseen": unseen()}
    paths = [snapshot.find(folder, older), snapshot.find(folder, newer)]
    try:
        sides = [told(path, [Query(name, sql) for name, sql in asked.items()]) for path in paths]
        blind = {row["account"] for side in sides for row in side["unseen"]}
        was, now = ([r for r in s["held"] if _account(r) not in blind] for s in sides)
        wanted = {"digests": sorted(moved(was, now))}
        said = [row for p in paths for row in told(p, [Query("said", SAID, wanted)])["said"]]
    except RuleError as error:
        click.echo(clean(f"permissions were not compared: {error.message}"), err=True)
        return
    there = tuple({row["resource"] for row in side["there"]} for side in sides)
    for power in powers(was, now, said, (there[0], there[1])):
        notes = {"new": " (new)", "gone": " (gone)"}.get(power.since, "")
        click.echo(clean(f"{power.principal}{notes}"))
        for word, lines in (("gains", power.gains), ("loses", power.loses)):
            for line in lines[:MOST_LINES]:
                click.echo(clean(f"  {word}  {line}"))
            if len(lines) > MOST_LINES:
                click.echo(f"  {word}  and {len(lines) - MOST_LINES} more")
        if power.boundary:
            click.echo("  its permissions boundary is another, or says something else")
        if power.unread:
            click.echo("  some of what it holds was not read: there may be more")
    for account in sorted(blind):
        click.echo(f"permissions in {account} were not compared: not all were read", err=True)


def _account(row: Any) -> str:
    return str(row["principal"]).split(":")[4] if ":" in row["principal"] else ""


def _print(scan: Scan, one: Evidence) -> None:
    from scanner.tell.clean import clean

    def show(pairs: Sequence[Pair]) -> None:
        for pair in pairs:
            detail = f"  ({pair.detail})" if pair.detail else ""
            click.echo(clean(f"    {pair.address}  {pair.attribute}{detail}"))

    made = one.made or "at a time it does not say"
    click.echo(clean(f"{one.source}: Terraform {one.terraform_version}, {made}"))
    click.echo(f"scan {scan.id}: {scan.started} to {scan.finished}{_apart(one.made, scan)}")
    click.echo(f"agreed: {len(one.agreed)}")
    show(one.agreed)
    for word, pairs in (("Terraform", one.only_terraform), ("watchbill", one.only_watchbill)):
        click.echo(f"only {word}: {len(pairs)}")
        for reason, group in groupby(pairs, key=lambda pair: pair.reason):
            members = list(group)
            click.echo(f"  {reason}: {len(members)}")
            show(members)
    if one.elsewhere:
        click.echo(
            f"not compared, about addresses that this plan does not hold: {len(one.elsewhere)}"
        )
    agreed, ours = len(one.agreed), len(one.agreed) + len(one.only_watchbill)
    click.echo(
        f"recall {_percent(one.recall)} ({agreed} of {one.counted}), "
        f"precision {_percent(one.precision)} ({agreed} of {ours}), "
        f"disagreements: {one.disagreements}"
    )


def _percent(part: float | None) -> str:
    # rounded down, so that 100 % means all of it
    return "-" if part is None else f"{int(part * 1000) / 10:g} %"


def _apart(made: str, scan: Scan) -> str:
    """How long the one looked after the other: what changed in between is a difference too."""
    try:
        later = datetime.fromisoformat(scan.started) - datetime.fromisoformat(made)
    except (ValueError, TypeError):
        return ""
    minutes = round(later.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f", {hours} h {rest} min {'before' if minutes < 0 else 'after'} the plan"


def _document(scan: Scan, found: Sequence[Evidence]) -> dict[str, Any]:
    import msgspec

    return {
        "scan": {"id": scan.id, "started": scan.started, "finished": scan.finished},
        "plans": [
            {
                **msgspec.to_builtins(one),
                "recall": one.recall,
                "precision": one.precision,
                "disagreements": one.disagreements,
            }
            for one in found
        ],
    }
