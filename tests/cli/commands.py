"""docs/commands.md: every command's help, as the command line prints it.

`python -m tests.cli.commands` writes it anew, and the schema of watchbill.yaml with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from scanner.cli import watchbill
from scanner.cli.settings import schema
from scanner.tell.encode import indented

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "commands.md"
SCHEMA = DOCS / "watchbill.schema.json"

HEAD = """\
# Commands

Made from the commands themselves by `python -m tests.cli.commands`; a test fails while it is not up to date.

Completion: `eval "$(watchbill completion bash)"` in ~/.bashrc, and the same with zsh in ~/.zshrc.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for title, text in _help(watchbill, click.Context(watchbill, info_name="watchbill")):
        parts.append(f"## {title}\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


def _help(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    context.terminal_width = 100
    formatter = click.HelpFormatter(width=100)
    command.format_help(context, formatter)
    yield context.command_path, formatter.getvalue().rstrip()
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _help(below, click.Context(below, info_name=name, parent=context))


def written() -> dict[Path, str]:
    """The files and what belongs into them."""
    return {PAGE: page(), SCHEMA: indented(schema())}


if __name__ == "__main__":
    for path, text in written().items():
        path.write_text(text, encoding="utf-8")
