"""What the organization lets an account's principals do at most; what was not read is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner.catalog import load
from scanner.collect.ledger import Entry
from scanner.derive.grants import access
from scanner.derive.guardrails import (
    ATTACHMENT,
    EVERYTHING,
    KIND,
    ORGANIZATION,
    POLICY,
    RESOURCE_KIND,
    UNIT,
)
from scanner.derive.targets import action_rows, interest
from scanner.judge.who_can import who_can
from scanner.seen import GLOBAL, Seen
from scanner.store import snapshot as store
from scanner.store.paths import expand, find_paths
from scanner.store.tables import access_tables

from .made import ACCOUNT, OTHER_ACCOUNT, actual

NOW = "2026-11-28T00:00:00Z"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/s"
PARENTS = {
    f"{ACCOUNT}/{GLOBAL}/aws_iam_role_policy/{name}:p": role
    for name, role in (("r", ROLE), ("s", LINKED))
}
ALL = {"Statement": [{"Effect": "Allow", "Action": ["*"], "Resource": ["*"]}]}
DENIED = {"Effect": "Deny", "Action": ["iam:*", "s3:GetObject"], "Resource": ["*"]}
REGION = {"Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}}}


def statement(effect: str, *actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": list(actions), "Resource": ["*"], **more}


def rows(
    unit: list[Any] | None, *, everywhere: bool = True, master: str = OTHER_ACCOUNT
) -> list[Any]:
    """A role that may do everything, in a unit with one policy of these statements; None: nobody reads it."""
    made = [
        actual("aws_iam_role", "r", arn=ROLE, region=GLOBAL, name="r"),
        actual("aws_iam_role", "s", arn=LINKED, region=GLOBAL, name="s"),
        *(
            actual("aws_iam_role_policy", f"{name}:p", region=GLOBAL, name="p",
                   attributes={"policy": ALL})
            for name in ("r", "s")
        ),
        actual(ORGANIZATION, "o-1", region=GLOBAL, attributes={
            "master_account_id": master, "enabled_policy_types": [KIND], "root_id": "r-1",
            "account_ids": [OTHER_ACCOUNT],
        }),
        actual(UNIT, "ou-1", region=GLOBAL, attributes={"parent_id": "r-1", "account_ids": []}),
        actual(UNIT, "ou-2", region=GLOBAL, attributes={"parent_id": "ou-1", "account_ids": [ACCOUNT]}),
        actual(POLICY, EVERYTHING[0], region=GLOBAL, attributes={"type": KIND}),
        actual(POLICY, "p-tags", region=GLOBAL, attributes={"type": "TAG_POLICY", "content": {}}),
        attached("ou-1", "p-tags"),
    ]  # fmt: skip
    made += [attached(target, EVERYTHING[0]) for target in ("r-1", "ou-2", ACCOUNT)]
    content = {} if unit is None else {"content": {"Version": "2012-10-17", "Statement": unit}}
    made.append(actual(POLICY, "p-1", region=GLOBAL, attributes={"type": KIND, **content}))
    made.append(attached("ou-1", "p-1"))
    return [*made, attached("ou-1", EVERYTHING[0])] if everywhere else made


def attached(target: str, policy: str) -> Any:
    return actual(
        ATTACHMENT, f"{target}:{policy}", region=GLOBAL,
        attributes={"target_id": target, "policy_id": policy},
    )  # fmt: skip


def seen(*, without: str = "") -> Seen:
    entries = []
    for name in (ORGANIZATION, UNIT, POLICY, ATTACHMENT):
        service, _, operation = load()[name].list.partition(".")
        entry = Entry(ACCOUNT, GLOBAL, service, operation, name, "", pages=1)
        entry.end()
        if name == without:
            entry.status, entry.complete = "elsewhere", False
        entries.append(entry)
    return Seen(entries)


def judged(folder: Path, made: list[Any], ledger: Seen) -> tuple[dict[str, Any], set[str], str]:
    """Who may s3:GetObject, who is an administrator, and whether the guardrails are known."""
    held = access(made, PARENTS, ledger)
    found = interest(made, held.statements)
    with store.Writer(folder, "x") as writer:
        for table, lines in access_tables(held, action_rows(held.statements)):
            writer.insert(table, lines)
        expand(writer, found.inputs(), NOW)
        find_paths(writer, NOW)
        connection = writer.connection()
        asked = connection.execute(*who_can("s3:GetObject", None, NOW)).fetchall()
        who = {row[0]: (row[-2], row[-1]) for row in asked}
        administrators = connection.execute("select principal from administrators").fetchall()
    known = {one.layer: one.state for one in held.guarded}
    return (
        who,
        {principal for (principal,) in administrators},
        known["service control policies"],
    )


@pytest.mark.parametrize(
    ("unit", "everywhere", "verdict", "administrator"),
    [
        ([statement("Allow", "ec2:*")], True, "yes", True),
        ([DENIED], True, None, False),
        ([DENIED], False, None, False),
        ([{**DENIED, **REGION}], True, "conditional", True),
        # a list of what is allowed, with nothing beside it
        ([statement("Allow", "ec2:*")], False, None, False),
        ([statement("Allow", "s3:*")], False, "yes", False),
        ([statement("Allow", "s3:*", **REGION)], False, "conditional", False),
        ([{"Effect": "Deny", "NotAction": ["iam:*", "s3:*", "sts:*"], "Resource": ["*"]}], True, "yes", True),
        # it may deny anything
        (None, True, "unknown", True),
        (None, False, "unknown", True),
    ],
)  # fmt: skip
def test_a_level_allows_what_one_of_its_policies_allows_and_one_that_denies_decides(
    unit: list[Any] | None,
    everywhere: bool,
    verdict: str | None,
    administrator: bool,
    tmp_path: Path,
) -> None:
    who, administrators, state = judged(tmp_path, rows(unit, everywhere=everywhere), seen())
    assert state == "read"
    assert who.get(ROLE) == ((verdict, "") if verdict else None)
    assert (ROLE in administrators) == administrator
    # what AWS's services act as is not held back
    assert who[LINKED] == ("yes", "")


def test_they_do_not_hold_for_the_management_account(tmp_path: Path) -> None:
    who, administrators, state = judged(tmp_path, rows([DENIED], master=ACCOUNT), seen())
    assert (state, who[ROLE], ROLE in administrators) == ("none", ("yes", ""), True)


@pytest.mark.parametrize("type_", [UNIT, POLICY, ATTACHMENT])
def test_where_they_were_not_read_that_is_said(type_: str, tmp_path: Path) -> None:
    who, _, state = judged(tmp_path, rows([DENIED]), seen(without=type_))
    assert state == "unread"
    assert who[ROLE] == ("yes", "a service control policy denies it")


def test_without_an_organization_there_are_none_and_that_has_to_be_known(tmp_path: Path) -> None:
    alone = [row for row in rows([DENIED]) if not row.type.startswith("aws_organizations")]
    assert judged(tmp_path, alone, seen())[2] == "none"
    assert judged(tmp_path, alone, seen(without=ORGANIZATION))[2] == "unread"
    assert judged(tmp_path, alone, Seen([]))[2] == "unread"


QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders"
TAKER = f"arn:aws:iam::{ACCOUNT}:role/taker"
PASSER = f"arn:aws:iam::{ACCOUNT}:role/passer"
PASSES = f"{ACCOUNT}/{GLOBAL}/aws_iam_role_policy/passer:p"
PARTNER = "arn:aws:iam::555566667777:role/partner"
PLAIN = {"Condition": {"Bool": {"aws:SecureTransport": ["false"]}}}
OUTSIDE = {"Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ["o-1"]}}}


def guarded(statement_: dict[str, Any] | None) -> list[Any]:
    """`rows`, with a resource control policy of this statement on the account; a queue that a role of another
    account may use; a role that the administrator trusts, and one that may pass it to Lambda."""
    made = [row for row in rows([statement("Allow", "ec2:*")]) if row.id not in ("r", "o-1")]
    trust = {"Effect": "Allow", "Principal": {"AWS": [TAKER]}, "Action": ["sts:AssumeRole"]}
    service = {
        "Effect": "Allow",
        "Principal": {"Service": ["lambda.amazonaws.com"]},
        "Action": ["sts:AssumeRole"],
    }
    passing = statement("Allow", "iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction")
    partner = {
        "Effect": "Allow",
        "Principal": {"AWS": [PARTNER]},
        "Action": ["sqs:SendMessage"],
    }
    content = (
        {} if statement_ is None else {"content": {"Statement": [{"Principal": "*", **statement_}]}}
    )
    return [
        *made,
        actual("aws_iam_role", "r", arn=ROLE, region=GLOBAL, name="r",
               attributes={"assume_role_policy": {"Statement": [trust, service]}}),
        actual("aws_iam_role", "passer", arn=PASSER, region=GLOBAL, name="passer"),
        actual("aws_iam_role_policy", "passer:p", region=GLOBAL, name="p",
               attributes={"policy": {"Statement": [passing]}}),
        actual("aws_iam_role", "taker", arn=TAKER, region=GLOBAL, name="taker"),
        actual("aws_sqs_queue", "orders", arn=QUEUE, attributes={"policy": {"Statement": [partner]}}),
        actual(ORGANIZATION, "o-1", region=GLOBAL, attributes={
            "master_account_id": OTHER_ACCOUNT, "enabled_policy_types": [KIND, RESOURCE_KIND],
            "root_id": "r-1", "account_ids": [OTHER_ACCOUNT],
        }),
        actual(POLICY, EVERYTHING[1], region=GLOBAL, attributes={"type": RESOURCE_KIND}),
        attached("r-1", EVERYTHING[1]),
        actual(POLICY, "p-rcp", region=GLOBAL, attributes={"type": RESOURCE_KIND, **content}),
        attached(ACCOUNT, "p-rcp"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("denied", "own", "partner", "taken"),
    [
        (statement("Deny", "s3:*"), "yes", "yes", "yes"),
        (statement("Deny", "sqs:*", "sts:AssumeRole"), None, None, None),
        (statement("Deny", "sqs:*", "sts:AssumeRole", **PLAIN), "conditional", "conditional", "conditional"),
        # whoever belongs to the organization is spared
        (statement("Deny", "sqs:*", "sts:*", **OUTSIDE), "yes", "conditional", "yes"),
        # it may deny anything
        (None, "unknown", "unknown", "conditional"),
    ],
)  # fmt: skip
def test_a_resource_control_policy_takes_away_from_whoever_uses_what_the_account_has(
    denied: dict[str, Any] | None,
    own: str | None,
    partner: str | None,
    taken: str | None,
    tmp_path: Path,
) -> None:
    made = guarded(denied)
    held = access(made, {**PARENTS, PASSES: PASSER}, seen())
    found = interest(made, held.statements)
    with store.Writer(tmp_path, "x") as writer:
        for table, lines in access_tables(held, action_rows(held.statements)):
            writer.insert(table, lines)
        expand(writer, found.inputs(), NOW)
        find_paths(writer, NOW)
        connection = writer.connection()
        asked = connection.execute(*who_can("sqs:SendMessage", QUEUE, NOW)).fetchall()
        other = connection.execute(*who_can("ec2:RunInstances", None, NOW)).fetchall()
        ways = connection.execute("select principal, verdict from paths").fetchall()
    who = {row[0]: row[-2] for row in asked}
    assert (who.get(ROLE), who.get(PARTNER)) == (own, partner)
    # what AWS's services act as is not held back
    assert who[LINKED] == "yes"
    assert dict(ways).get(TAKER) == taken
    # what nobody may assume, a service may not either
    assert dict(ways).get(PASSER) == (taken and "yes")
    assert {row[0]: row[-2] for row in other}[ROLE] == "yes"


def test_a_layer_that_was_not_read_stands_beside_what_it_may_take_away(tmp_path: Path) -> None:
    made = guarded(statement("Deny", "sqs:*"))
    held = access(made, PARENTS, seen(without=POLICY))
    found = interest(made, held.statements)
    with store.Writer(tmp_path, "x") as writer:
        for table, lines in access_tables(held, action_rows(held.statements)):
            writer.insert(table, lines)
        expand(writer, found.inputs(), NOW)
        find_paths(writer, NOW)
        connection = writer.connection()
        asked = connection.execute(*who_can("sqs:SendMessage", QUEUE, NOW)).fetchall()
        unguarded = connection.execute(*who_can("ec2:RunInstances", None, NOW)).fetchall()
        unread = connection.execute(
            "select principal, unread from administrators union all select principal, unread from paths"
        ).fetchall()
    layers = ["service control policies", "resource control policies"]
    assert {row[0]: (row[-3], row[-2]) for row in asked} == {
        ROLE: (layers, "yes"), LINKED: (layers[1:], "yes"), PARTNER: (layers[1:], "yes"),
    }  # fmt: skip
    # what no such policy can be about
    assert {row[0]: row[-3] for row in unguarded}[ROLE] == layers[:1]
    assert dict(unread) == {ROLE: layers[:1], LINKED: [], TAKER: layers[:1]}


def test_whom_a_trust_or_a_resource_lets_in_is_a_grant_of_its_own() -> None:
    held = access(guarded(None), PARENTS, seen())
    found = {(g.principal, g.document, g.via) for g in held.grants if g.given_by == g.document}
    assert {(TAKER, ROLE, "trust"), (PARTNER, QUEUE, "resource_policy")} <= found
