"""`watchbill ready`: whether a group of resources is ready for safe work, by a finished scan."""

from __future__ import annotations

import json

import click

from scanner.cli import options
from scanner.errors import SettingsError

MARKS = {"yes": "yes", "no": "NO", "unknown": "?", "none": "-"}
ALIGNED = 11


@click.command("ready")
@click.option(
    "--select",
    "selected",
    metavar="KEY=VALUE",
    multiple=True,
    required=True,
    help="Which resources: tag:KEY=VALUE, type=, address=, state=, team=, service=, environment= ...; "
    "* stands for anything. Repeatable: all must hold.",
)
@click.option(
    "--fail-on-missing",
    "missing",
    metavar="ASPECTS",
    help="Fail where one of these is not so: declared, owned, permitted, watched, recoverable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line a resource.")
@click.option(
    "--min-seen", type=click.FloatRange(0, 100), help="Least percentage seen [default: 100]."
)
@options.scan_id
@options.store
@options.config
def command(
    config: str | None,
    store: str | None,
    selected: tuple[str, ...],
    missing: str | None,
    as_json: bool,
    min_seen: float | None,
    wanted: str,
) -> int:
    """Say of each resource of a group whether it is declared, owned, permitted, watched and recoverable.

    Exit code 1 where something asked for with --fail-on-missing is not so, else 3 where it is not known or
    too little was seen to say, else 0. `-` stands where there is nothing to ask. AWS is not asked.
    """
    from scanner import tell
    from scanner.judge.readiness import ASPECTS
    from scanner.judge.ready import condition, ready
    from scanner.store import snapshot
    from scanner.tell.clean import clean

    settings = options.settings(config, store=store, min_seen=min_seen)
    aspects = [part.strip() for part in (missing or "").split(",") if part.strip()]
    if missing is not None and not aspects:
        # an empty variable of a pipeline is no gate that was passed
        raise SettingsError(
            f"--fail-on-missing {missing!r} names no aspect", hint=f"known: {', '.join(ASPECTS)}"
        )
    for aspect in aspects:
        if aspect not in ASPECTS:
            raise SettingsError(
                f"--fail-on-missing {aspect}: there is no such aspect",
                hint=f"known: {', '.join(ASPECTS)}",
            )
    conditions = [condition(text) for text in selected]
    path = snapshot.find(options.folder(settings), wanted)
    report = tell.load(snapshot.report(path))
    found = ready(path, report, conditions, aspects, settings.min_seen)
    if as_json:
        for card in found.cards:
            lines = {a: {"verdict": v, "fact": f} for a, (v, f) in card.lines.items()}
            click.echo(json.dumps({"resource": card.resource, "type": card.type, **lines}))
    else:
        for card in found.cards:
            click.echo(clean(f"{card.type} {card.name}"))
            for aspect, (verdict, fact) in card.lines.items():
                asked = " <" if aspect in aspects and verdict in ("no", "unknown") else ""
                click.echo(clean(f"  {aspect:{ALIGNED}} {MARKS[verdict]:3}  {fact}{asked}"))
    click.echo(f"{found.words} (scan {report.scan.id})", err=as_json)
    return found.exit_code
