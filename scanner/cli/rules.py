"""`watchbill rules`: what is looked for, why, and whether the rules keep their promises."""

from __future__ import annotations

import json
from pathlib import Path

import click

from scanner.errors import USAGE

FOLDER = click.option(
    "--rules",
    "folders",
    metavar="DIR",
    multiple=True,
    help="A further folder of rules. Repeatable.",
)


@click.group("rules")
def command() -> None:
    """List, show and test rules."""


def _folders(extra: tuple[str, ...]) -> list[Path]:
    from scanner import shipped

    return [shipped.rules(), *(Path(folder) for folder in extra)]


@command.command("list")
@FOLDER
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(folders: tuple[str, ...], as_json: bool) -> None:
    """List every rule, proven."""
    from scanner.judge.load import load_rules

    rules = load_rules(_folders(folders))
    if as_json:
        names = ("id", "severity", "role", "status", "title")
        rows = [{name: getattr(rule, name) for name in names} for rule in rules.values()]
        click.echo(json.dumps(rows, indent=2))
        return
    width = max((len(rule_id) for rule_id in rules), default=0)
    for rule in rules.values():
        click.echo(f"{rule.id:{width}}  {rule.severity:8}  {rule.title}")


@command.command("show")
@click.argument("rule")
@FOLDER
def show_(rule: str, folders: tuple[str, ...]) -> None:
    """Show one rule: why, fix, evidence, settings, and its SELECT."""
    click.echo(show(rule, folders))


def show(rule_id: str, folders: tuple[str, ...] = ()) -> str:
    """The page of a rule as text. Raises RuleError for one that does not exist."""
    from scanner.judge.load import load_rules
    from scanner.store.lineage import lineage

    rule = load_rules(_folders(folders), only=[rule_id])[rule_id]
    found = lineage(rule.sql)
    parts = [
        f"{rule.id} ({rule.severity}, {rule.status}, since {rule.since}): {rule.title}",
        rule.why,
        f"Fix\n{rule.fix}",
        "Evidence\n" + "\n".join(f"  {name}: {text}" for name, text in rule.evidence.items()),
    ]
    if rule.params:
        parts.append(
            "Settings\n"
            + "\n".join(f"  {n}: {p.help} (default {p.default})" for n, p in rule.params.items())
        )
    parts.append(f"Reads {', '.join(sorted(found.tables))}")
    parts.append(
        "Finds facts even where lists are not whole"
        if found.monotone
        else "Unknown wherever a list it reads is not whole"
    )
    parts.append(rule.sql)
    return "\n\n".join(parts)


@command.command("test")
@click.argument("only", metavar="[RULE]...", nargs=-1)
@FOLDER
def test(only: tuple[str, ...], folders: tuple[str, ...]) -> int:
    """Prove rules and run their cases; exit code 2 where one does not hold."""
    from scanner.judge.cases import read_cases, run_cases
    from scanner.judge.load import cases_file, load_rules

    places = _folders(folders)
    passed, failed = 0, 0
    for rule in load_rules(places, only=only).values():
        file = cases_file(places, rule.id)
        for outcome in run_cases(rule, read_cases(file), str(file)):
            passed, failed = passed + outcome.passed, failed + (not outcome.passed)
            if not outcome.passed:
                click.echo(f"FAILED {rule.id}: {outcome.case}")
                click.echo(f"  expected {json.dumps(list(outcome.expected), default=str)}")
                click.echo(f"  found    {json.dumps(list(outcome.found), default=str)}")
    click.echo(f"{passed} cases passed, {failed} failed")
    return USAGE if failed else 0
