"""Whether something of ours may be in an account that nobody looked into."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scanner.catalog import load
from scanner.seen import GLOBAL, Seen

ORGANIZATION, ACCOUNT = "aws_organizations_organization", "aws_organizations_account"


def accounts_gap(estate: Any, rows: Iterable[Any], seen: Seen, *, named_all: bool) -> str | None:
    """Why there may be another account of ours; None where all of them were to be scanned.

    `estate` is what was to be scanned (collect.accounts.Estate); `named_all`: the organization named its
    accounts. Where AWS says that the account is in no organization, those that the settings name are all.
    """
    scanned = {account for account, _ in estate.scopes}
    for member in estate.members:
        if member.id not in scanned:
            state = f", which is {member.status}," if member.status != "scanned" else ""
            return f"account {member.id}{state} was not scanned"
    if named_all:
        return None
    kind = load()[ORGANIZATION]
    asked = sorted(account for account in scanned if seen.asked_of(kind, account))
    if not asked:
        return "whether there are other accounts was not asked"
    held = [row for row in rows if row.type in (ORGANIZATION, ACCOUNT)]
    for account in asked:
        because = seen.listed(ORGANIZATION, account, GLOBAL)
        if because:
            return f"whether there are other accounts was not read: {because}"
        for row in held:
            own = row.type == ORGANIZATION and row.account == account
            if own and seen.listed(ACCOUNT, account, GLOBAL):
                return f"which accounts the organization {row.id} has was not read"
    for row in sorted(held, key=lambda row: str(row.id)):
        if row.type == ACCOUNT and row.id not in scanned:
            return f"account {row.id} of the organization was not scanned"
    return None
