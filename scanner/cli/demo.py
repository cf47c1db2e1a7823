"""`watchbill demo`: the very same scan, of a recorded cloud that is replayed on this machine."""

from __future__ import annotations

import time
from pathlib import Path

import click

WORLD = "harbour"


@click.command("demo")
@click.option(
    "--out", metavar="DIR", default="watchbill-demo", show_default=True, help="Report folder."
)
@click.option("--verbose", "-v", is_flag=True, help="Say how the time was spent.")
def command(out: str, verbose: bool) -> int:
    """Replay a recorded cloud and write its full report: no account, no network, no credentials.

    Harbour sells ferry tickets. Three teams run its cloud with Terraform; then forty visits to the
    console happened. The recording is of the real AWS provider against an emulator.
    """
    from scanner import shipped
    from scanner.cli.log import Log
    from scanner.cli.scan import run
    from scanner.replay import served
    from scanner.settings import Settings

    started = time.monotonic()
    world = shipped.worlds() / WORLD
    folder = Path(out)
    settings = Settings(
        regions=("us-east-1",),
        states=(str(world / "rev2.tfstate"),),
        store=str(folder / "store"),
        out=(f"{folder}/",),
    )
    with served(world) as cloud:
        replayed = time.monotonic() - started
        with cloud.applied():
            code = run(settings, None, Log(), verbose=verbose)
    if verbose:
        click.echo(f"{replayed:8.3f} s  replay {cloud.requests} recorded requests", err=True)
        click.echo(f"{time.monotonic() - started:8.3f} s  in all", err=True)
    click.echo(f"\nOpen {(folder / 'index.html').resolve()}")
    return code
