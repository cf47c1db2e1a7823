"""Whether anything of ours may be in an account that was not looked into."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from scanner.collect.accounts import Member
from scanner.collect.failure import Failure
from scanner.collect.ledger import Entry
from scanner.derive.elsewhere import ACCOUNT as KIND
from scanner.derive.elsewhere import ORGANIZATION, accounts_gap
from scanner.seen import GLOBAL, Seen

from .made import ACCOUNT, OTHER_ACCOUNT, actual, ledger

MEMBER = Member(ACCOUNT)
ORG = actual(ORGANIZATION, "o-1")


def gap(
    *rows: Any,
    members: Iterable[Member] = (MEMBER,),
    failing: dict[str, str] | None = None,
    named_all: bool = False,
) -> str | None:
    return accounts_gap(estate(*members), rows, Seen(ledger(failing)), named_all=named_all)


def estate(*members: Member) -> Any:
    return SimpleNamespace(members=members, scopes=[(ACCOUNT, GLOBAL)])


def test_an_account_in_no_organization_is_all_there_is() -> None:
    assert gap() is None


def test_the_organization_that_names_its_accounts_has_no_others() -> None:
    assert gap(ORG, named_all=True) is None
    held = [actual(KIND, ACCOUNT)]
    assert gap(ORG, *held) is None
    assert gap(ORG, *held, actual(KIND, "333333333333", origin="gone")) == (
        "account 333333333333 of the organization was not scanned"
    )


def test_an_account_that_was_left_out_is_named_with_its_reason() -> None:
    shut = Member(OTHER_ACCOUNT, status="suspended")
    assert gap(members=[MEMBER, shut], named_all=True) == (
        f"account {OTHER_ACCOUNT}, which is suspended, was not scanned"
    )
    assert gap(members=[MEMBER, Member(OTHER_ACCOUNT)]) == (
        f"account {OTHER_ACCOUNT} was not scanned"
    )


@pytest.mark.parametrize("call", ["describe_organization", "list_accounts"])
def test_what_the_organization_did_not_say_is_not_known(call: str) -> None:
    rows = [] if call == "describe_organization" else [ORG]
    assert "was not read" in str(gap(*rows, failing={f"organizations.{call}": "denied"}))


def test_a_member_account_is_not_told_who_else_there_is() -> None:
    entries = [e for e in ledger() if e.type != KIND]
    denied = Entry(ACCOUNT, GLOBAL, "organizations", "list_accounts", KIND)
    denied.end(Failure("elsewhere", "AccessDeniedException", "no"))
    seen = Seen([*entries, denied])
    assert accounts_gap(estate(MEMBER), [ORG], seen, named_all=False) == (
        "which accounts the organization o-1 has was not read"
    )


def test_who_was_not_asked_knows_nothing() -> None:
    assert accounts_gap(estate(MEMBER), [], Seen([]), named_all=False) == (
        "whether there are other accounts was not asked"
    )
