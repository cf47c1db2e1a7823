"""`watchbill cut`: the few grants to take away so that most can no longer become administrators."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from scanner.cli import options


@click.command("cut")
@click.option("--most", default=10, show_default=True, type=click.IntRange(1), help="So many.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
@options.scan_id
@options.store
@options.config
def command(config: str | None, store: str | None, most: int, as_json: bool, wanted: str) -> None:
    """Say which few grants to take away so that most can no longer become administrators.

    Greedy: the grant that closes most comes first, then the one that closes most of what is left; a smaller
    set may close as much. Judged from the shortest ways that the scan found; scan again when they are away.
    """
    from scanner.judge.cut import EDGES, HELD, TEAMS, cuts, edges
    from scanner.judge.run import Query, told
    from scanner.store import snapshot
    from scanner.tell.clean import clean

    settings = options.settings(config, store=store)
    path = snapshot.find(options.folder(settings), wanted)
    asked = {"ways": EDGES, "held": HELD, "teams": TEAMS}
    rows = told(path, [Query(name, sql) for name, sql in asked.items()])
    ways = edges(rows["ways"])
    found = cuts(ways, rows["held"], most)
    if as_json:
        for one in found:
            click.echo(json.dumps(asdict(one)))
        return
    many = len({way.principal for way in ways})
    click.echo(f"{many} principals can become administrators, by teams:")
    for row in rows["teams"]:
        click.echo(clean(f"{row['principals']:6} {row['team']}"))
    for number, one in enumerate(found, 1):
        by = f" ({one.address})" if one.address else ""
        click.echo(clean(f"{number:2}. {one.document}{by}, {one.owner or 'nobody'} answers"))
        click.echo(f"    closes {len(one.principals)}, leaves {one.left}")
        if one.revert:
            click.echo(clean(f"    {one.revert}"))
