"""The command line: one module a command, loaded when it is used."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from scanner import __version__
from scanner.errors import BUG, INTERRUPTED, PASSED, WatchbillError

COMMANDS = {
    "demo": "Replay a recorded cloud and write its full report: no account, no network.",
    "scan": "Scan AWS, compare with Terraform states, write reports.",
    "report": "Write reports of a finished scan again, in any format.",
    "gate": "Pass or fail a pipeline by a finished scan.",
    "ready": "Say whether a group of resources is declared, owned, permitted, watched and recoverable.",
    "diff": "Say what changed between two scans, or weigh a scan against Terraform's plan.",
    "notify": "Tell each owner what is new, worse, overdue or fixed; write tickets.",
    "explain": "Explain a finding or a rule.",
    "who-can": "Say who may do an action, by which grant and until when.",
    "cut": "Say which few grants to take away so that most can no longer become administrators.",
    "figures": "Print figures over all scans of a store: what is owned, what lasts how long.",
    "rules": "List, show and test rules.",
    "waivers": "Excuse findings for a while: add, list, check, and a baseline for adoption.",
    "query": "Ask a snapshot in SQL, read-only.",
    "settings": "Print every setting and where it was set, or the schema of watchbill.yaml.",
    "policy": "Print the least IAM policy a scan needs.",
    "doctor": "Say what stands in the way of a scan.",
    "completion": "Print the completion of bash, zsh or fish.",
}

EXIT_CODES = """\b
Exit codes:
  0    passed, and enough was seen to say so
  1    the gate failed
  2    usage or settings
  3    incomplete: not enough was seen to say
  4    credentials
  5    another scan uses the store
  70   a bug of watchbill
  130  interrupted"""


class _Commands(click.Group):
    """Commands by name, imported on first use: `--help` must not wait for boto3 or DuckDB."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"scanner.cli.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_Commands,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="watchbill %(version)s")
def watchbill() -> None:
    """What runs in your AWS accounts that nobody declared, owns, needs, watches or could recover, and
    who has to act."""


def main(arguments: list[str] | None = None) -> None:
    """Run a command and leave with its exit code."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run a command; returns the exit code. Every failure is one clear line and the next step."""
    try:
        result: Any = watchbill.main(arguments, prog_name="watchbill", standalone_mode=False)
        return result if isinstance(result, int) else PASSED
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except WatchbillError as error:
        _complain(str(error))
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _complain("interrupted; finished scans are untouched")
        return INTERRUPTED
    except BrokenPipeError:
        # whoever read our output has gone; there is nobody left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PASSED
    except Exception as error:
        if os.environ.get("WATCHBILL_DEBUG"):
            raise
        _complain(
            f"a bug of watchbill: {type(error).__name__}: {error}\n"
            "  please report it; WATCHBILL_DEBUG=1 shows where it happened"
        )
        return BUG


def _complain(text: str) -> None:
    from scanner.tell.clean import clean

    lines = [clean(line) for line in text.splitlines()]
    click.echo("watchbill: error: " + "\n".join(lines), err=True)
