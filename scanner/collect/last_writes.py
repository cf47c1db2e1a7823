"""The last writes that CloudTrail recorded on what drifted, is missing, or was never declared.

They are what it recorded about the resource, and no proof of who made a change: only where the parameters of
a call name an attribute is that said, and of those names alone; their values are never kept. CloudTrail is
asked only where the settings say so (`change_lookups`), and never about more than they say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from scanner.catalog import load
from scanner.collect.ledger import Ledger
from scanner.collect.makers import DAYS, PAGES, Making, look_up, makings, who
from scanner.collect.session import Account, Session
from scanner.timeline import LastWrites, Write

MOST = 3
"""Writes that are told of one resource."""
_TOOLS = {
    "terraform": "Terraform", "opentofu": "OpenTofu", "pulumi": "Pulumi", "cloudformation": "CloudFormation",
    "console.amazonaws.com": "the console", "signin.amazonaws.com": "the console", "aws-cli/": "the AWS CLI",
}  # fmt: skip
"""What a call was made with, by what its user agent says."""


def last_writes(
    session: Session | None, accounts: Iterable[Account], ledger: Ledger, most: int, now: datetime,
    subjects: Iterable[Any],
) -> dict[str, LastWrites]:  # fmt: skip
    """The last writes on each subject, or why they are not known; about `most` of them CloudTrail is asked.

    Empty where nobody is asked.
    """
    if session is None or not most:
        return {}
    by_account = {account.identity.account: account for account in accounts}
    since = now - timedelta(days=DAYS)
    found: dict[str, LastWrites] = {}
    told: dict[tuple[str, str, str, str], LastWrites] = {}
    refused: dict[str, str] = {}
    asked = 0
    for subject in subjects:
        account, making = by_account.get(subject.account), known().get(subject.type)
        # the parts of a bucket share its answer
        part = subject.type if subject.type in makings() else "part"
        key = (subject.account, subject.region, subject.id, part)
        if making is None:
            why = f"AWS does not document what CloudTrail calls a resource of type {subject.type}"
        elif account is None:
            why = "its account was not looked into"
        elif key in told:
            found[subject.resource] = told[key]
            continue
        elif subject.account in refused:
            why = refused[subject.account]
        elif asked >= most:
            why = f"CloudTrail was asked about {most} others, and change_lookups allows no more"
        else:
            asked += 1
            told[key] = _read(session, account, ledger, subject, making, since, refused)
            found[subject.resource] = told[key]
            continue
        found[subject.resource] = LastWrites((), why)
    return found


def drifted(facts: Any) -> Iterator[Any]:
    """What somebody wrote on outside Terraform, once all is compared: changed, missing, undeclared.

    Looked for when it is first wanted: most scans ask about none.
    """
    matching = facts.matching
    about = [match.uid for match in matching.matches if match.status in ("changed", "missing")]
    about += [one for one in sorted(facts.own) if matching.classes[one] == "unmanaged"]
    yield from (facts.subjects[resource] for resource in dict.fromkeys(about))


@lru_cache(maxsize=1)
def known() -> Mapping[str, Making]:
    """What CloudTrail calls each type, or what it is a part of."""
    own = makings()
    parts = {part: making for making in own.values() for part in making.parts}
    return {**parts, **own}


def _read(
    session: Session,
    account: Account,
    ledger: Ledger,
    subject: Any,
    making: Making,
    since: datetime,
    refused: dict[str, str],
) -> LastWrites:
    writes: list[Write] = []
    # what a call names may be another part's
    attributes = load()[subject.type].attributes if subject.type in makings() else ()

    def enough(told: Sequence[Mapping[str, Any]]) -> bool:
        writes.extend(write for event in told if (write := read(event, attributes)))
        return len(writes) >= MOST

    entry, more = look_up(session, account, ledger, subject, making, since, enough)
    if writes:
        return LastWrites(tuple(writes[:MOST]))
    if not entry.complete:
        why = f"CloudTrail could not be read in {subject.account}: {entry.status}"
        refused[subject.account] = why  # one gap in the ledger says it
        return LastWrites((), why)
    if more:
        return LastWrites((), f"none of the newest {PAGES * 50} events that name it is a write")
    return LastWrites((), f"in CloudTrail's last {DAYS} days no write names it")


def read(event: Mapping[str, Any], attributes: Iterable[str]) -> Write | None:
    """The event, where it is a write that succeeded, with which of `attributes` it names.

    Raises ValueError for what is no event.
    """
    if event.get("ReadOnly") != "false":
        return None
    document = json.loads(event["CloudTrailEvent"])
    if document.get("errorCode"):
        return None
    name, role = who(document)
    agent = str(document.get("userAgent") or "").lower()
    tool = next((tool for part, tool in _TOOLS.items() if part in agent), "")
    named = {_plain(key) for key in _keys(document.get("requestParameters"))}
    return Write(
        event=str(event.get("EventName") or ""),
        at=str(document.get("eventTime") or ""),
        name=name,
        role=role,
        source=str(document.get("eventSource") or ""),
        tool=tool,
        names=tuple(name for name in sorted(attributes) if _plain(name) in named),
    )


def _plain(name: str) -> str:
    """`delay_seconds` and `DelaySeconds` are one."""
    return name.replace("_", "").lower()


def _keys(parameters: Any) -> Iterator[str]:
    if isinstance(parameters, dict):
        for key, value in parameters.items():
            yield key
            yield from _keys(value)
    elif isinstance(parameters, list):
        for value in parameters:
            yield from _keys(value)
