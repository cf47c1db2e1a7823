"""When principals last used what they may: canned replies, whose shapes botocore checks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.stub import Stubber

from scanner.collect.details import read_details
from scanner.collect.last_accessed import PAUSE_SECONDS, ROUNDS, Use, last_accessed
from scanner.collect.ledger import Ledger
from scanner.collect.permissions import needed
from scanner.collect.session import USES, Account, Identity
from scanner.derive.facts import derive
from scanner.scan import session_for
from scanner.seen import Seen
from scanner.settings import Settings
from scanner.store import snapshot as store
from scanner.store.paths import expand, find_paths
from scanner.store.tables import facts_tables
from scanner.store.uses import Principal, insert_uses, mattering
from tests.derive.accounts import document, managed, principal, write

ACCOUNT = "123456789012"
START, FETCH = (call.partition(".")[2] for call in USES)
JOB = "0" * 36
AT = "2026-11-20T10:00:00Z"
NOW = "2026-11-28T00:00:00Z"


class Answering:
    """A session whose client gives canned answers; what is asked must be what is expected."""

    def __init__(self, *answers: tuple[str, dict[str, Any], dict[str, Any] | str]) -> None:
        self._client = botocore.session.Session().create_client(
            "iam", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        self.stubber = Stubber(self._client)
        for call, wanted, answer in answers:
            if isinstance(answer, str):
                self.stubber.add_client_error(call, answer, expected_params=wanted)
            else:
                self.stubber.add_response(call, answer, wanted)
        self.stubber.activate()

    def client(self, *_: str) -> Any:
        return self._client


def who(name: str, account: str = ACCOUNT) -> Principal:
    arn = f"arn:aws:iam::{account}:role/{name}"
    return Principal(arn, arn, account)


def start(name: str, answer: Any = None) -> tuple[str, dict[str, Any], Any]:
    return START, {"Arn": who(name).arn}, answer or {"JobId": JOB}


def fetch(status: str, *services: tuple[str, str | None], **more: Any) -> tuple[str, Any, Any]:
    told: list[dict[str, Any]] = [
        {"ServiceName": name, "ServiceNamespace": name, "TotalAuthenticatedEntities": 0}
        | ({"LastAuthenticated": at, "LastAuthenticatedRegion": "eu-west-1"} if at else {})
        for name, at in services
    ]
    asked = {"JobId": JOB} | ({"Marker": more.pop("after")} if "after" in more else {})
    answer = {
        "JobStatus": status, "JobCreationDate": AT, "JobCompletionDate": AT,
        "ServicesLastAccessed": told, **more,
    }  # fmt: skip
    return FETCH, asked, answer


def ask(
    session: Any, *principals: Principal
) -> tuple[list[Use], list[tuple[str, str, bool]], list[float]]:
    ledger, pauses = Ledger(), []
    own = Account(Identity(ACCOUNT, "aws", ""), ())
    found = last_accessed(session, [own], ledger, principals, pauses.append)
    told = [(e.operation, e.status, e.complete) for e in ledger.entries()]
    return found, told, pauses


def test_a_job_is_waited_for_and_read_to_its_end() -> None:
    session = Answering(
        start("a"),
        fetch("IN_PROGRESS"),
        fetch("COMPLETED", ("S3", AT), IsTruncated=True, Marker="m"),
        fetch("COMPLETED", ("sqs", None), after="m"),
    )
    found, told, pauses = ask(session, who("a"))
    arn = who("a").resource
    assert [(u.principal, u.service, str(u.used_at)[:10], u.region) for u in found] == [
        (arn, "", "None", ""),
        (arn, "s3", "2026-11-20", "eu-west-1"),
        (arn, "sqs", "None", ""),
    ]
    assert pauses == [PAUSE_SECONDS]
    assert told == [(START, "ok", True), (FETCH, "ok", True)]
    session.stubber.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ([fetch("FAILED", Error={"Message": "no", "Code": "c"})], "malformed"),
        ([fetch("IN_PROGRESS")] * ROUNDS, "timeout"),
        ([(FETCH, {"JobId": JOB}, "AccessDenied")], "denied"),
    ],
)
def test_a_job_that_does_not_end_tells_nothing_and_is_a_gap(answers: Any, status: str) -> None:
    found, told, _ = ask(Answering(start("a"), *answers), who("a"))
    assert found == []
    assert told[1] == (FETCH, status, False)


def test_after_a_refusal_its_account_is_asked_no_more_but_one_that_is_gone_is_none() -> None:
    assert ask(Answering(start("a", "AccessDenied")), who("a"), who("b"))[1] == [
        (START, "denied", False)
    ]
    session = Answering(start("a", "NoSuchEntity"), start("b"), fetch("COMPLETED"))
    found, told, _ = ask(session, who("a"), who("b"))
    assert [u.principal for u in found] == [who("b").resource]
    assert sorted(status for _, status, _ in told) == ["ok", "ok", "vanished"]


def test_so_many_are_asked_about_and_none_elsewhere_or_unless_it_is_set() -> None:
    session = Answering(start("a"), fetch("COMPLETED"))
    assert len(ask(session, who("x", "210987654321"), who("a"))[0]) == 1
    assert ask(Answering()) == ([], [], [])
    assert ask(None, who("a")) == ([], [], [])
    assert not session_for(Settings())._allowed & set(USES)
    assert session_for(Settings(use_lookups=1))._allowed >= set(USES)
    assert set(needed([], Settings(use_lookups=1))) >= {
        "iam:GenerateServiceLastAccessedDetails", "iam:GetServiceLastAccessedDetails"
    }  # fmt: skip


def account(folder: Path) -> str:
    """An administrator by a group, a role that only reads, one of AWS's own, one that was used."""
    group = principal("Group", "admins", {"holds": [[["allow", "*", "*"]]]})
    own = [["allow", "s3:Get* sqs:Send*", "*"]]
    ann = principal("User", "ann", {"group": "admins", "holds": [own]})
    roles = []
    for name, holds in {
        "reader": [["allow", "s3:GetObject kms:Decrypt", "*"]], "AWSServiceRoleForX": [["allow", "*", "*"]],
        "used": [["allow", "s3:GetObject", "*"]],
    }.items():  # fmt: skip
        role = principal("Role", name, {"holds": [holds]})
        role["AssumeRolePolicyDocument"] = document([])
        if name.startswith("AWSService"):
            role["Arn"] = role["Arn"].replace("role/", "role/aws-service-role/x.amazonaws.com/")
            role["Path"] = "/aws-service-role/x.amazonaws.com/"
        if name == "used":
            role["RoleLastUsed"] = {"LastUsedDate": AT}
        roles.append(role)
    details = {
        "UserDetailList": [ann], "GroupDetailList": [group], "RoleDetailList": roles,
        "Policies": [managed("unheld", [["allow", "*", "*"]])],
    }  # fmt: skip
    return write(details, folder / "details.json")


def test_those_that_matter_come_first_and_what_is_told_is_laid_on_their_grants(
    tmp_path: Path,
) -> None:
    path = account(tmp_path)
    _, collected = read_details([path], str)
    entries = collected.ledger.entries()
    facts = derive(
        [], collected.rows, Seen(entries), Settings(), str, states_whole=False,
        now=datetime.fromisoformat(NOW),
    )  # fmt: skip
    with store.Writer(tmp_path, "x") as writer:
        for table, rows in facts_tables(NOW, entries, [], collected.rows, facts, ()):
            writer.insert(table, rows)
        expand(writer, facts.interest.inputs(), NOW)
        find_paths(writer, NOW)
        asked = mattering(writer, 10)
        assert [one.resource.rpartition("/")[2] for one in asked] == ["ann", "reader"]
        assert [one.resource for one in mattering(writer, 1)] == [asked[0].resource]
        ann, reader = (one.resource for one in asked)
        uses = [
            Use(ann, "", None, ""), Use(ann, "s3", AT, "eu-west-1"), Use(ann, "sqs", None, ""),
            Use(reader, "", None, ""), Use(reader, "kms", None, ""),
        ]  # fmt: skip

        def standing(wanted: Sequence[str]) -> list[dict[str, Any]]:
            # the membership of a group came later than its policy
            return [
                {
                    "resource": one,
                    "since": "2026-10-01T00:00:00Z" if one == ann else "2026-01-01T00:00:00Z",
                }
                for one in wanted
            ]

        insert_uses(writer, uses, standing)
        connection = writer.connection()
        told = connection.execute(
            "select regexp_extract(principal, '[^/]+$'), via, service, strftime(used_at, '%Y-%m-%d'), "
            "strftime(since, '%Y-%m-%d') from grant_uses order by all"
        ).fetchall()
        assert told == [
            ("ann", "group", "*", "2026-11-20", "2026-10-01"),
            ("ann", "inline", "s3", "2026-11-20", "2026-01-01"),
            ("ann", "inline", "sqs", None, "2026-01-01"),
            ("reader", "inline", "kms", None, "2026-01-01"),
            ("reader", "inline", "s3", None, "2026-01-01"),
        ]
        last = connection.execute(
            "select regexp_extract(principal, '[^/]+$'), via, last_used, services_asked "
            "from grant_ledger order by all"
        ).fetchall()
        assert ("ann", "inline", AT, True) in last
        assert ("reader", "inline", None, True) in last
        assert ("used", "inline", AT, False) in last
        assert json.dumps(last).count("true") == 3
