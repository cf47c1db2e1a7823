"""`watchbill explain`: one finding with everything that is known of it, or one rule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from scanner.cli import options
from scanner.errors import RuleError
from scanner.model import Finding


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
    from scanner.tell.waiver import block
    from scanner.tell.words import excusable

    settings = options.settings(config, store=store)
    path = snapshot.find(options.folder(settings), wanted)
    report = tell.load(snapshot.report(path))
    finding = options.finding(report, what)
    rule = next((r for r in report.rules if r.id == finding.rule), None)
    owner = finding.owner
    who = f"{owner.team} ({owner.via})" if owner.team else f"nobody ({owner.state})"
    lines = [
        f"{finding.severity} {finding.status}: {finding.says}",
        f"rule       {finding.rule}",
        f"resource   {finding.resource}",
        f"address    {finding.address or 'not declared'}",
        *([f"state      {finding.declared_in}"] if finding.declared_in else []),
        f"owner      {who}",
        f"since      {finding.first_seen} ({words.lasting(finding)})",
        *([f"came       {story.came(finding)}"] if finding.story else []),
        *(f"history    {line}" for line in story.lines(finding)),
        *(f"written    {line}" for line in story.writes(finding)),
        *([f"unknown    {finding.unknown_because}"] if finding.unknown_because else []),
        *_act(finding),
        *_waiver(finding),
        *_card(path, finding),
        *(f"{name:10} {json.dumps(value)}" for name, value in sorted(finding.evidence.items())),
    ]
    click.echo("\n".join(clean(line) for line in lines))
    hops = list(_hops(path, finding))
    if hops:
        click.echo("\nhop by hop")
        click.echo("\n".join(clean(line) for line in hops))
    click.echo(f"\nwhy\n{clean(rule.why if rule else '', lines=True)}")
    click.echo(f"\nfix\n{clean(finding.fix, lines=True)}")
    if excusable(finding):
        click.echo(f"\nto excuse it for a while (waivers.yaml)\n{block(finding, report.scan.now)}")


def _card(path: Path, finding: Finding) -> list[str]:
    """The resource's readiness, a line an aspect; none where it has no card."""
    from scanner.judge.ready import card

    try:
        held = card(path, finding.resource)
    except RuleError as problem:
        return [f"readiness  not told: {problem.message}; {problem.hint}"]
    return [f"{aspect:10} {verdict}: {fact}" for aspect, (verdict, fact) in held]


def _hops(path: Path, finding: Finding) -> Iterator[str]:
    """The way of a finding of access, from who holds it to the administrator at its end."""
    from scanner.judge.run import Query, told
    from scanner.judge.who_can import hops

    principal = finding.evidence.get("principal")
    if finding.rule != "access/privilege-escalation" or not principal:
        return
    try:
        rows = told(path, [Query("hops", *hops(str(principal)))])["hops"]
    except RuleError as problem:
        yield f"not told: {problem.message}; {problem.hint}"
        return
    for row in rows:
        by = ", ".join(row["documents"]) or f"the trust of {row['target']}"
        yield f"{row['hop']:2}. {row['principal']}"
        yield f"    may {row['says']}: {', '.join(row['actions'])}"
        yield f"    by {by}{' (' + row['address'] + ')' if row['address'] else ''}, {row['verdict']}"
        if row["needs"]:
            yield f"    if there is {row['needs']}"
        if row["last"]:
            yield f"    which {row['last']}"


def _act(finding: Finding) -> list[str]:
    if not finding.also:
        return []
    leads = f" (which leads: {finding.told_by[:12]})" if finding.told_by else ""
    return [f"same act   {', '.join(finding.also)}{leads}"]


def _waiver(finding: Finding) -> list[str]:
    waiver = finding.waiver
    if waiver is None:
        return []
    said = waiver.note or f"until {waiver.expires}: {waiver.reason}"
    return [f"waiver     {waiver.id} ({waiver.owner}, approved by {waiver.approved_by}), {said}"]
