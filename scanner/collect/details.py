"""The IAM of accounts out of files: what `aws iam get-account-authorization-details` prints, read as if
AWS had just said it.

Nothing is asked of AWS. What the answer does not hold (a role's description, who has a password) is in
the ledger as not read, and every other type as not asked.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from scanner.catalog import load
from scanner.catalog.path import getter
from scanner.catalog.spec import ResourceType
from scanner.collect.accounts import Estate, Member
from scanner.collect.engine import Collected
from scanner.collect.failure import Failure
from scanner.collect.ledger import Entry, Ledger
from scanner.collect.pages import items_of
from scanner.collect.rows import Row, Scope, Trouble, shaped
from scanner.collect.session import Account, Identity
from scanner.errors import SettingsError
from scanner.seen import GLOBAL

CALL = "iam.get_account_authorization_details"
LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
HINT = "write one with: aws iam get-account-authorization-details --output json > details.json"
ABSENT = Failure("not_asked", "", "the file of authorization details does not hold it")

Item = dict[str, Any]


def read_details(paths: Sequence[str], hide: Callable[[str], str]) -> tuple[Estate, Collected]:
    """The accounts in the files and all that they say. Raises SettingsError for what is no such file."""
    ledger = Ledger()
    found: dict[tuple[str, str], Row] = {}
    accounts: dict[str, str] = {}
    for path in paths:
        document = _document(path)
        here = _accounts(document)
        accounts |= here
        for account in here:
            for made in _Account(
                account, here[account], next(iter(here)), document, ledger, hide
            ).rows():
                found.setdefault((made.type, made.resource), made)
    if not accounts:
        raise SettingsError(f"{', '.join(paths)}: nobody is in there", hint=HINT)
    identities = [Identity(account, accounts[account], "") for account in sorted(accounts)]
    estate = Estate(
        caller=identities[0],
        first="",
        accounts=tuple(Account(identity, ()) for identity in identities),
        members=tuple(Member(identity.account) for identity in identities),
        asked=(),
    )
    return estate, Collected([found[key] for key in sorted(found)], ledger)


def _document(path: str) -> Mapping[str, Any]:
    try:
        value = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}", hint=HINT) from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path}: not JSON", hint=HINT) from error
    known = isinstance(value, dict) and any(isinstance(value.get(key), list) for key in LISTS)
    if not known:
        raise SettingsError(f"{path}: no account authorization details of IAM", hint=HINT)
    return dict(value)


def _accounts(document: Mapping[str, Any]) -> dict[str, str]:
    """The accounts whose people and roles are in a file, with their partitions; most of them first."""
    counts: Counter[tuple[str, str]] = Counter()
    for key in LISTS:
        for item in _items(document, key):
            partition, account = _place(item)
            if account.isdigit():
                counts[account, partition] += 1
    return {
        account: partition
        for (account, partition), _ in sorted(counts.items(), key=lambda c: (-c[1], c[0]))
    }


def _place(item: Mapping[str, Any]) -> tuple[str, str]:
    parts = str(item.get("Arn") or "").split(":")
    return (parts[1], parts[4]) if len(parts) > 5 else ("", "")


def _items(document: Mapping[str, Any], key: str) -> list[Item]:
    found = document.get(key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


class _Account:
    """What one file says of one account."""

    def __init__(
        self,
        account: str,
        partition: str,
        first: str,
        document: Mapping[str, Any],
        ledger: Ledger,
        hide: Callable[[str], str],
    ) -> None:
        self._account = account
        self._ledger = ledger
        self._hide = hide
        self._about = {"_account": account, "_partition": partition, "_dns": "amazonaws.com"}
        # AWS's own policies belong to no account: they are told once
        own = {account} | ({"aws"} if account == first else set())
        self._held = {
            key: [item for item in _items(document, key) if _place(item)[1] in own] for key in LISTS
        }
        self._cut = bool(document.get("IsTruncated"))
        self._lacking = {key for key in LISTS if not isinstance(document.get(key), list)}

    def rows(self) -> Iterator[Row]:
        """Every row, parents before their children."""
        items: dict[str, list[Item]] = {}
        for kind in load().values():
            if kind.list == CALL:
                items[kind.type] = [{**item, **self._about} for item in self._held[kind.items]]
                self._entry(kind, len(items[kind.type]))
            elif kind.of in items:
                find = getter(kind.items)
                items[kind.type] = [
                    {**child, **self._about, "parent": parent}
                    for parent in items[kind.of]
                    for child in items_of(find(parent))
                ]
            else:
                continue
            yield from self._made(kind, items)

    def _entry(self, kind: ResourceType, count: int) -> None:
        entry = Entry.of(self._account, GLOBAL, CALL, kind.type)
        entry.pages, entry.items = 1, count
        if kind.items in self._lacking:
            entry.end(Failure("malformed", "", f"the file has no {kind.items}"))
        elif self._cut:
            entry.end(Failure("malformed", "", "the file ends before its last page (IsTruncated)"))
        else:
            entry.end()
        self._ledger.ask(entry)

    def _made(self, kind: ResourceType, items: dict[str, list[Item]]) -> Iterator[Row]:
        failed = frozenset(call.into for call in kind.each) - self._filled(kind, items[kind.type])
        for call in kind.each:
            if call.into in failed:
                self._note(kind, Trouble(call.call, "", ABSENT))
        container = load()[kind.of] if kind.of else None
        lost = (
            frozenset(c.into for c in container.each) - {"members", "holders"}
            if container
            else failed
        )
        scope = Scope(self._account, GLOBAL, ())
        for item in items[kind.type]:
            made, trouble = shaped(kind, item, lost, scope, self._hide)
            if trouble:
                self._note(kind, trouble)
            if made:
                yield made

    def _note(self, kind: ResourceType, trouble: Trouble) -> None:
        entry = Entry.of(self._account, GLOBAL, trouble.call, kind.type, trouble.about)
        self._ledger.ask(entry).end(trouble.failure)

    def _filled(self, kind: ResourceType, items: list[Item]) -> frozenset[str]:
        """The further calls whose answers stand elsewhere in the same file."""
        if kind.type == "aws_iam_group":
            users = self._held["UserDetailList"]
            for item in items:
                item["members"] = [
                    u for u in users if item.get("GroupName") in (u.get("GroupList") or ())
                ]
            return frozenset({"members"}) if "UserDetailList" not in self._lacking else frozenset()
        if kind.type == "aws_iam_policy":
            everybody = [i for key in LISTS[:3] for i in self._held[key]]
            for item in items:
                item["holders"] = everybody
                item["tags"] = item.get("Tags")
            return frozenset({"holders", *(["tags"] if any(i.get("Tags") for i in items) else [])})
        return frozenset()
