"""`watchbill completion`: what a shell needs to complete commands, options and their values."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from scanner.cli import watchbill


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion of a shell, for its start-up file.

    bash: `eval "$(watchbill completion bash)"` in ~/.bashrc. zsh: the same with zsh in ~/.zshrc. fish:
    `watchbill completion fish > ~/.config/fish/completions/watchbill.fish`.
    """
    made = get_completion_class(shell)
    assert made is not None
    click.echo(made(watchbill, {}, "watchbill", "_WATCHBILL_COMPLETE").source())
