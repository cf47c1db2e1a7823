"""`watchbill who-can`: who may do one action, on one resource or on any, by which grant, until when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from scanner.cli import options
from scanner.errors import SettingsError


@click.command("who-can")
@click.argument("action")
@click.argument("resource", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
@options.scan_id
@options.store
@options.config
def command(
    config: str | None,
    store: str | None,
    action: str,
    resource: str | None,
    as_json: bool,
    wanted: str,
) -> None:
    """Say who may do ACTION (s3:GetObject) on the ARN RESOURCE, or on anything at all.

    Judged from the policies that the scan read: what a principal holds, its groups, its boundary, what denies
    it, a role's trust, a key's own policy, and the organization's service and resource control policies. A
    verdict is yes, conditional (a Condition decides) or unknown (a policy could not be read); where the
    organization's policies were not read, the line says so, and with --json `unread` names them. What else a
    resource's own policy denies is not weighed.
    """
    from scanner.catalog.actions import catalogue
    from scanner.judge.run import Query, told
    from scanner.judge.who_can import unguarded, unseen, who_can
    from scanner.store import snapshot
    from scanner.tell.clean import clean

    if ":" not in action or any(mark in action for mark in "*?"):
        raise SettingsError(
            f"{action} is not one action of IAM", hint="write it as SERVICE:ACTION, s3:GetObject"
        )
    settings = options.settings(config, store=store)
    path = snapshot.find(options.folder(settings), wanted)
    (scan,) = told(path, [Query("scan", "select seen_at from scan")])["scan"]
    asked = [
        Query("rows", *who_can(action, resource, str(scan["seen_at"]))),
        Query("unguarded", unguarded()),
        Query("unseen", unseen()),
    ]
    answers = told(path, asked)
    rows = answers["rows"]
    if as_json:
        for row in rows:
            click.echo(json.dumps(row))
    else:
        for row in rows:
            click.echo(clean(_line(row)))
        known = "" if catalogue().known(action) else ", which IAM's catalogue does not know"
        on = f" on {resource}" if resource else ""
        click.echo(clean(f"{len(rows)} may {action}{on}{known}"), err=True)
    for account in answers["unguarded"] if rows else ():
        said = f"{account['layers']} of {account['account']} were not read: {account['reason']}"
        click.echo(clean(said), err=True)
    for gap in answers["unseen"]:
        said = f"{gap['service']}:{gap['operation']} {gap['status']}"
        click.echo(clean(f"not seen: {said} in {gap['account']}: there may be more"), err=True)


def _line(row: Mapping[str, Any]) -> str:
    by = ", ".join(row["documents"])
    asks = f", asks for {', '.join(row['kinds'])}" if row["kinds"] else ""
    ends = f", until {row['ends']}" if row["ends"] else ""
    unless = f", unless {row['unless']}" if row["unless"] else ""
    return f"{row['verdict']:11} {row['principal']}  ({', '.join(row['via'])}: {by}{asks}{ends}{unless})"
