"""The ledger of grants: what is told of each, and what is not known with its reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest

from scanner.grant import GrantLedger, GrantLine
from scanner.judge import grants
from scanner.judge.run import Answer
from scanner.store.prove import select_from

OLD, YOUNG, PAST = "2024-01-01T00:00:00Z", "2026-10-01T00:00:00Z", "2026-06-02T00:00:00Z"


def principal(name: str, class_: str = "declared", **more: Any) -> dict[str, Any]:
    kind = "user" if name.startswith("u") else "group" if name.startswith("g") else "role"
    return {
        "resource": name, "name": name, "type": f"aws_iam_{kind}", "account": "1", "class": class_,
        "attributes": "{}", "taggable": kind != "group", "tags": {}, "created_at": OLD, **more,
    }  # fmt: skip


def held(principal: str, document: str, via: str = "attached", **more: Any) -> dict[str, Any]:
    return {
        "last_used": "2026-11-01T00:00:00Z" if principal == "r1" else None,
        "principal": principal, "document": document, "via": via, "given_by": f"{principal}-{document}",
        "class": "declared", "owner": "team", "owner_state": "valid", "revert": "undo", **more,
    }  # fmt: skip


RESOURCES = [
    principal("r1", attributes='{"last_used_date": "2026-11-01T00:00:00Z"}'),
    principal("r2"),
    principal("r3", created_at=YOUNG),
    principal("r9", "unmanaged", account="2", tags=None),
    principal("u1"),
    principal("u2", "unmanaged"),
    principal("u3", "unmanaged", account="2"),
    principal("u4"),
    principal("g1"),
    {
        "resource": "c", "type": "aws_iam_credential", "name": "u1", "account": "1",
        "attributes": '{"password_last_used": "2026-01-01T00:00:00Z", '
        '"key_1_last_used": "2026-09-01T00:00:00Z"}',
    },
]  # fmt: skip
HELD = [
    held("r1", "late", recorded_end=PAST, approved_by="b", requested_by="a", granted_at=OLD),
    held("r1", "tag", claimed_end=PAST, enforced_end="2027-01-01T00:00:00Z", approved_by="b"),
    held("r1", "ever", approved_by="b", enforced_end="2027-01-01T00:00:00Z"),
    held("r1", "whole", recorded_end="2027-01-01T00:00:00Z", enforced_end="2026-12-31T12:00:00Z"),
    held("r2", "hand", "inline", **{"class": "unmanaged"}),
    held("r1", "asked", last_used=None, services_asked=True),
    held("u1", "asked", last_used=OLD, services_asked=True),
    held("r3", "aws", **{"class": "provider_default"}),
    held("r9", "dark", "permission_set", revert=None, **{"class": "unknown"}),
    *(held(user, "pg", "group", through="g1") for user in ("u1", "u2", "u3", "u4")),
    held("g1", "pg"),
    *(held(role, "edge", "boundary", granted_at=OLD) for role in ("r1", "r2", "r3")),
]
GIVEN: Mapping[str, Any] = {
    "resources": RESOURCES,
    "scan": [{"id": "s", "seen_at": "2026-11-23T00:00:00Z"}],
    "grant_changes": [{"resource": "u4", "change": "membership", "document": "g1"}],
    "comparisons": [
        {"resource": "r1", "attribute": "permissions_boundary", "verdict": "in_sync"},
        {"resource": "r2", "attribute": "permissions_boundary", "verdict": "changed"},
    ],
    "declared": [{"account": "1", "type": "aws_iam_user_group_membership"}],
    "administrators": [
        {"principal": "r2", "document": "hand", "via": "inline", "verdict": "yes"},
        {"principal": "r9", "document": "dark", "via": "permission_set", "verdict": "unknown"},
    ],
    "ledger": [
        {"account": "3", "service": "iam", "operation": "get_account_authorization_details",
         "status": "denied", "complete": False},
    ],
}  # fmt: skip


LEDGER = {
    **dict.fromkeys(
        (
            "principal", "document", "via", "through", "given_by", "class", "address", "owner",
            "owner_state", "requested_by", "ticket", "purpose", "approved_by", "last_used", "revert",
        ),
        "VARCHAR",
    ),
    "services_asked": "BOOLEAN",
    **dict.fromkeys(("granted_at", "recorded_end", "claimed_end", "enforced_end"), "TIMESTAMP"),
}  # fmt: skip
"""The columns of the view, which is given here."""


def answers() -> dict[str, Answer]:
    rows = json.dumps([{name: row.get(name) for name in LEDGER} for row in HELD])
    given = f"""with grant_ledger as (
        select r.* from (select unnest(from_json('{rows}', '[{json.dumps(LEDGER)}]')) as r)
    )"""
    return {
        q.id: Answer(select_from(GIVEN, f"{given} {q.sql}", q.params, q.id)) for q in grants.asked()
    }


@cache
def ledger(*, file: bool = False) -> GrantLedger:
    shut = SimpleNamespace(id="4", reason="the role could not be taken")
    return grants.ledger(answers(), "", file=file, members=[shut])


def line(principal: str, document: str) -> GrantLine:
    (found,) = [x for x in ledger().lines if (x.principal, x.document) == (principal, document)]
    return found


@pytest.mark.parametrize(
    ("principal", "document", "how"),
    [
        ("r1", "late", "declared"),
        ("r2", "hand", "by_hand"),
        ("r3", "aws", "aws"),
        ("r9", "dark", "unknown"),
        ("u1", "pg", "declared"),
        ("u2", "pg", "unknown"),  # another state may put them in
        ("u3", "pg", "by_hand"),  # no state of that account puts anybody in a group
        ("u4", "pg", "by_hand"),
        ("r1", "edge", "declared"),
        ("r2", "edge", "by_hand"),
        ("r3", "edge", "unknown"),  # its role is declared, and the state says nothing of a boundary
    ],
)
def test_how_a_grant_came(principal: str, document: str, how: str) -> None:
    found = line(principal, document)
    assert found.how == how
    assert ("how" in found.unknown) == (how == "unknown")


@pytest.mark.parametrize(
    ("document", "late", "disagree"),
    [
        ("late", True, False),
        ("tag", True, True),
        ("ever", False, True),
        ("whole", False, False),
    ],
)
def test_ends(document: str, late: bool, disagree: bool) -> None:
    found = line("r1", document)
    assert (found.late, found.disagree) == (late, disagree)


@pytest.mark.parametrize(
    ("principal", "document", "used", "why"),
    [
        ("r1", "late", "at", ""),
        ("r2", "hand", "unused", "AWS recorded no use in the last 400 days, and tells of no more"),
        ("r3", "aws", "unused", "AWS recorded no use since it was made on 2026-10-01"),
        ("r9", "dark", "unknown", "AWS told of no role of this account when it was last used"),
        ("u1", "pg", "at", ""),
        ("u2", "pg", "unknown", "the credential report tells of no use, or was not read"),
        ("g1", "pg", "none", ""),
    ],
)
def test_last_use(principal: str, document: str, used: str, why: str) -> None:
    found = line(principal, document)
    assert (found.used, found.unknown.get("used", "")) == (used, why)


def test_the_later_of_password_and_keys_counts() -> None:
    assert line("u1", "pg").last_used == "2026-09-01T00:00:00Z"
    # where IAM was asked, it is that of what the document allows, whatever else the principal did
    assert (line("u1", "asked").last_used, line("u1", "asked").by_service) == (OLD, True)
    assert (
        line("r1", "asked")
        .unknown["used"]
        .startswith("IAM recorded no use of a service that it allows")
    )


def test_what_is_not_written_down_says_where_it_was_looked_for() -> None:
    assert "request" not in line("r1", "late").unknown
    assert line("r2", "hand").unknown["request"] == (
        "no grants.yaml was given, and no tag of the principal does either"
    )
    assert line("r9", "dark").unknown["request"].endswith("its tags were not read")
    told = {x.unknown["request"] for x in ledger(file=True).lines if "request" in x.unknown}
    assert all(why.startswith("no entry of grants.yaml tells of it") for why in told)
    assert line("r9", "dark").unknown["revert"] == "in its permission set, in IAM Identity Center"
    assert line("r1", "late").granted == OLD
    assert line("r1", "edge").granted is None  # that is when its role was made


def test_the_sums_are_those_of_the_lines_and_boundaries_stand_apart() -> None:
    (team,) = ledger().teams
    lines = [x for x in ledger().lines if x.via != "boundary"]
    assert (team.grants, ledger().boundaries, ledger().total) == (len(lines), 3, len(HELD))
    assert team.declared + team.by_hand + team.unknown + team.aws == team.grants
    for how in ("declared", "by_hand", "unknown", "aws"):
        assert getattr(team, how) == sum(x.how == how for x in lines), how
    assert team.late == sum(x.late for x in lines) == 2
    assert team.disagree == sum(x.disagree for x in lines) == 2
    assert team.unused == sum(x.used == "unused" for x in lines) == 3
    assert team.use_unknown == sum(x.used == "unknown" for x in lines)
    assert team.unwritten == sum(x.requested_by is None for x in lines)
    assert (team.administrators, team.perhaps, team.ends) == (1, 1, 4)


def test_what_needs_somebody_comes_first_and_what_gives_nothing_last() -> None:
    lines = ledger().lines
    assert [x.late for x in lines[:3]] == [True, True, False]
    assert (lines[2].document, lines[2].administrator) == ("hand", "yes")
    assert {x.via for x in lines[-3:]} == {"boundary"}


def test_where_there_may_be_more() -> None:
    assert ledger().unseen == (
        "3: iam:get_account_authorization_details was denied",
        "4: the role could not be taken",
    )


def test_a_state_that_was_not_read_is_the_reason() -> None:
    told = grants.ledger(answers(), "no state was given", file=False)
    assert {x.unknown["how"] for x in told.lines if "how" in x.unknown} == {"no state was given"}


def test_a_query_that_fails_is_no_empty_ledger() -> None:
    failed = {q.id: Answer((), "took longer than 60 s") for q in grants.asked()}
    assert grants.ledger(failed, "", file=False).problem == "took longer than 60 s"
