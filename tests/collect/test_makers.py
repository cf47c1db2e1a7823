"""Who made a resource, from CloudTrail: canned replies, whose shapes botocore checks."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest
from botocore.stub import ANY, Stubber

from scanner.catalog import load
from scanner.collect.ledger import Ledger
from scanner.collect.makers import PAGES, makers, makings, read
from scanner.collect.permissions import reach
from scanner.collect.session import LOOKUP, Account, Identity, Session
from scanner.directory import Maker
from scanner.errors import NotReadOnly
from scanner.scan import session_for
from scanner.settings import Settings
from tests.derive.made import ACCOUNT, OTHER_ACCOUNT, REGION, actual

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SSO = f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_Developer_0a1b/ada@harbour.example"


def event(
    name: str, identity: dict[str, Any], *, about: str = "AWS::EC2::Volume", **more: Any
) -> dict[str, Any]:
    document = {"eventTime": "2026-11-02T10:00:00Z", "userIdentity": identity, **more}
    return {
        "EventId": "e", "EventName": name, "CloudTrailEvent": json.dumps(document),
        "Resources": [{"ResourceType": about, "ResourceName": "vol-1"}],
    }  # fmt: skip


class Answering:
    """A session whose client gives canned pages; what is asked must be what is expected."""

    def __init__(self, *pages: list[dict[str, Any]] | str, name: str = "vol-1") -> None:
        self._client = botocore.session.Session().create_client(
            "cloudtrail", REGION, aws_access_key_id="x", aws_secret_access_key="x"
        )
        self.stubber = Stubber(self._client)
        self.asked: list[tuple[str, str]] = []
        for number, page in enumerate(pages):
            wanted: dict[str, Any] = {
                "LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": name}],
                "StartTime": ANY,
                "MaxResults": 50,
            } | ({"NextToken": f"t{number}"} if number else {})
            if isinstance(page, str):
                self.stubber.add_client_error("lookup_events", page, expected_params=wanted)
                continue
            more = {"NextToken": f"t{number + 1}"} if number + 1 < len(pages) else {}
            self.stubber.add_response("lookup_events", {"Events": page, **more}, wanted)
        self.stubber.activate()

    def client(self, service: str, region: str) -> Any:
        self.asked.append((service, region))
        return self._client


def ask(
    session: Any, *rows: Any, most: int = 10, accounts: tuple[str, ...] = (ACCOUNT,)
) -> tuple[dict[str, Maker], Ledger]:
    ledger = Ledger()
    known = [
        Account(Identity(a, "aws", f"arn:aws:iam::{a}:role/scan"), (REGION,)) for a in accounts
    ]
    return makers(session, known, ledger, most, NOW, rows), ledger


def volume(id_: str = "vol-1", day: int = 2, **more: Any) -> Any:
    return actual("aws_ebs_volume", id_, created_at=f"2026-11-{day:02}T10:00:00Z", **more)


def test_the_event_that_made_it_is_found_behind_others_and_on_a_later_page() -> None:
    user = {"type": "IAMUser", "userName": "ada", "arn": f"arn:aws:iam::{ACCOUNT}:user/ada"}
    other = {"type": "IAMUser", "userName": "grace"}
    pages = [
        [event("CreateSnapshot", other), event("CreateTags", other)],
        [
            event("CreateVolume", other, errorCode="Client.UnauthorizedOperation"),
            # another service's, of the same name
            event("CreateVolume", other, about="AWS::FSx::Volume"),
            event("CreateVolume", user),
        ],
    ]
    row = volume()
    session = Answering(*pages)
    found, ledger = ask(session, row)
    assert found == {row.resource: Maker("ada", "", "CreateVolume", "2026-11-02")}
    session.stubber.assert_no_pending_responses()
    (entry,) = ledger.entries()
    assert (entry.pages, entry.items, entry.status, entry.parent) == (2, 5, "ok", "vol-1")


def test_no_more_pages_are_read_than_are_worth_it() -> None:
    found, ledger = ask(Answering(*[[event("CreateTags", {})]] * (PAGES + 2)), volume())
    assert found == {}
    assert ledger.entries()[0].pages == PAGES


@pytest.mark.parametrize(
    ("identity", "who"),
    [
        ({"type": "AssumedRole", "arn": SSO}, ("ada@harbour.example", "AWSReservedSSO_Developer_0a1b")),
        ({"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root"}, ("Root", "Root")),
        ({"type": "AWSService", "invokedBy": "ecs.amazonaws.com"}, ("ecs.amazonaws.com", "AWSService")),
        ({}, ("", "nobody")),
    ],
)  # fmt: skip
def test_a_session_is_told_from_its_role_and_a_service_from_a_user(
    identity: dict[str, Any], who: tuple[str, str]
) -> None:
    made = read(event("CreateVolume", identity), ["CreateVolume"])
    assert made is not None
    assert (made.name, made.role) == who


def test_it_asks_about_the_newest_and_about_no_more_than_it_may() -> None:
    old = actual("aws_ebs_volume", "vol-0", created_at="2026-08-01T00:00:00Z")
    undated = actual("aws_security_group", "sg-1")
    unknown = actual("aws_sqs_queue", "https://q")
    elsewhere = volume("vol-9", account=OTHER_ACCOUNT)
    _, ledger = ask(Answering([]), undated, old, unknown, elsewhere, volume(), most=1)
    assert [entry.parent for entry in ledger.entries()] == ["vol-1"]


def test_what_is_everywhere_is_asked_about_where_cloudtrail_keeps_it() -> None:
    session = Answering([], name="deployer")
    ask(session, actual("aws_iam_role", "deployer", created_at="2026-11-02T10:00:00Z"))
    assert session.asked == [("cloudtrail", "us-east-1")]


def test_where_it_is_denied_it_is_asked_once_and_the_ledger_says_so() -> None:
    found, ledger = ask(Answering("AccessDeniedException"), volume(), volume("vol-2", 1))
    assert found == {}
    assert [(e.status, e.complete) for e in ledger.entries()] == [("denied", False)]


def test_it_is_off_until_it_is_asked_for() -> None:
    assert LOOKUP not in session_for(Settings())._allowed
    assert LOOKUP in session_for(Settings(creator_lookups=5))._allowed
    with pytest.raises(NotReadOnly):
        Session().client("cloudtrail", REGION).lookup_events()
    (statement,) = reach(Settings(creator_lookups=5))
    assert statement["Action"] == ["cloudtrail:LookupEvents"]
    assert reach(Settings()) == []


def test_every_type_is_collected_and_every_event_is_an_operation_of_its_service() -> None:
    session = botocore.session.Session()
    for type_, making in makings().items():
        kind = load()[type_]
        service = session.get_service_model(kind.list.partition(".")[0])
        assert set(making.events) <= set(service.operation_names), type_
        # AWS's words for a type are a service and a noun
        assert re.fullmatch(r"AWS::[A-Za-z0-9]+::[A-Za-z]+", making.type), type_
    assert len({making.type for making in makings().values()}) == len(makings())
