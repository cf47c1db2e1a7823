"""Rules, subjects and findings made for tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scanner.catalog import load
from scanner.collect.ledger import Entry
from scanner.judge.load import parse
from scanner.judge.sight import Sight
from scanner.model import Finding, Owner, Rule
from scanner.seen import GLOBAL, Seen
from scanner.subject import Subject

ACCOUNT, REGION, OTHER = "123456789012", "eu-west-1", "us-east-1"
SCOPES = ((ACCOUNT, REGION), (ACCOUNT, OTHER), (ACCOUNT, GLOBAL))
NOW, BEFORE = "2026-11-23T00:00:00Z", "2026-11-01T00:00:00Z"

HEADER = """\
-- title: Made for a test
-- severity: low
-- role: request
-- since: "0.1"
-- says: "{name} has {size}"
-- why: Nothing happens.
-- fix: "aws x --name {name!sh}"
-- population: resources
-- evidence:
--   size: how large

"""


def rule(
    sql: str = "select q.resource, q.messages_visible as size from aws_sqs_queue as q",
    **fields: Any,
) -> Rule:
    """A rule with this SQL; further fields replace those of the header. It is not proved."""
    return replace(parse("watch/made", HEADER + sql, "here"), **fields)


def subject(
    name: str = "q", type_: str = "aws_sqs_queue", region: str = REGION, **fields: Any
) -> Subject:
    made = Subject(f"arn:{name}", type_, f"id-{name}", name, ACCOUNT, region, None)
    return replace(made, **fields)


def finding(print_: str = "a", status: str = "new", **fields: Any) -> Finding:
    made = Finding(
        fingerprint=print_,
        rule="watch/made",
        severity="low",
        status="new",
        resource=f"arn:{print_}",
        type="aws_sqs_queue",
        id=print_,
        name=print_,
        account=ACCOUNT,
        region=REGION,
        address=None,
        owner=Owner(None, "", "missing"),
        says="it is so",
        evidence={},
        first_seen=NOW,
        fix="mend it",
    )
    return replace(made, **{"status": status, **fields})


def asked(broken: Mapping[tuple[str, str, str], str] | None = None) -> list[Entry]:
    """A ledger in which every list was asked and came whole; `broken` is (type, region, parent) to call."""
    entries = []
    for kind in load().values():
        if kind.list:
            for region in (REGION, OTHER) if kind.scope == "region" else (GLOBAL,):
                service, _, operation = kind.list.partition(".")
                entry = Entry(ACCOUNT, region, service, operation, kind.type)
                entry.end()
                entries.append(entry)
    for (type_, region, parent), call in (broken or {}).items():
        service, _, operation = call.partition(".")
        entry = Entry(ACCOUNT, region, service, operation, type_, parent)
        entry.status, entry.error_code = "denied", "AccessDenied"
        entries.append(entry)
    return entries


def sight(
    broken: Mapping[tuple[str, str, str], str] | None = None,
    state_gap: str = "",
    classes: Mapping[str, str] | None = None,
) -> Sight:
    return Sight(Seen(asked(broken)), SCOPES, state_gap, classes or {})
