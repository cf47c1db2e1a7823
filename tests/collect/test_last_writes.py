"""The last writes on what drifted, from CloudTrail: canned replies, whose shapes botocore checks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner.catalog import load
from scanner.collect.last_writes import MOST, last_writes, read
from scanner.collect.ledger import Ledger
from scanner.collect.makers import DAYS, PAGES, makings
from scanner.collect.permissions import reach
from scanner.collect.session import LOOKUP, Account, Identity
from scanner.scan import session_for
from scanner.settings import Settings
from scanner.timeline import LastWrites, Write
from tests.derive.made import ACCOUNT, OTHER_ACCOUNT, REGION, actual

from .test_makers import NOW, SSO, Answering, event, volume

ATTRIBUTES = ("iops", "size", "throughput")
ADA = {"type": "AssumedRole", "arn": SSO}


def write(name: str = "ModifyVolume", read_only: str = "false", **more: Any) -> dict[str, Any]:
    return {**event(name, ADA, **more), "ReadOnly": read_only}


def ask(session: Any, *rows: Any, most: int = 10) -> tuple[dict[str, LastWrites], Ledger]:
    ledger = Ledger()
    own = Account(Identity(ACCOUNT, "aws", f"arn:aws:iam::{ACCOUNT}:role/scan"), (REGION,))
    return last_writes(session, [own], ledger, most, NOW, rows), ledger


def test_reads_failures_and_what_names_another_are_passed_over() -> None:
    pages = [
        [
            write("DescribeVolumeAttribute", "true"),
            write(errorCode="Client.UnauthorizedOperation"),
            write("CreateVolume", about="AWS::FSx::Volume"),
        ],
        [write(eventSource="ec2.amazonaws.com", userAgent="console.amazonaws.com")],
    ]
    row = volume()
    session = Answering(*pages)
    found, ledger = ask(session, row)
    assert found[row.resource].writes == (
        Write(
            "ModifyVolume", "2026-11-02T10:00:00Z", "ada@harbour.example",
            "AWSReservedSSO_Developer_0a1b", "ec2.amazonaws.com", "the console",
        ),
    )  # fmt: skip
    session.stubber.assert_no_pending_responses()
    assert [(e.status, e.complete, e.parent) for e in ledger.entries()] == [("ok", True, "vol-1")]


def test_the_newest_are_told_and_then_no_further_page_is_read() -> None:
    found, ledger = ask(Answering([write()] * (MOST + 2), [write()]), volume())
    assert len(found[volume().resource].writes) == MOST
    assert ledger.entries()[0].pages == 1


def test_of_what_a_call_was_given_only_the_names_of_compared_attributes_are_kept() -> None:
    parameters = {
        "ModifyVolumeRequest": {"Iops": 4000, "VolumeId": "vol-1", "Secret": "hunter2"},
        "tags": [{"size": "hunter2"}],
    }
    made = read(write(requestParameters=parameters), ATTRIBUTES)
    assert made is not None
    assert made.names == ("iops", "size")
    assert "hunter2" not in repr(made)


@pytest.mark.parametrize(
    ("agent", "tool"),
    [
        ("HashiCorp Terraform/1.11 (+https://www.terraform.io)", "Terraform"),
        ("aws-cli/2.15 Python/3.11", "the AWS CLI"),
        ("<script>", ""),
        (None, ""),
    ],
)
def test_a_tool_is_named_in_our_words_or_not_at_all(agent: str | None, tool: str) -> None:
    made = read(write(userAgent=agent), ATTRIBUTES)
    assert made is not None
    assert made.tool == tool


@pytest.mark.parametrize(
    ("pages", "why"),
    [
        (["AccessDeniedException"], f"CloudTrail could not be read in {ACCOUNT}: denied"),
        ([[]], f"in CloudTrail's last {DAYS} days no write names it"),
        (
            [[write("DescribeVolumes", "true")]] * (PAGES + 1),
            f"none of the newest {PAGES * 50} events that name it is a write",
        ),
    ],
)
def test_what_is_not_known_says_why(pages: list[Any], why: str) -> None:
    found, _ = ask(Answering(*pages), volume())
    assert found[volume().resource] == LastWrites((), why)


def test_it_asks_about_so_many_and_after_a_refusal_about_no_more() -> None:
    rows = [actual("aws_sqs_queue", "https://q"), volume("vol-8", account=OTHER_ACCOUNT)]
    found, ledger = ask(Answering([]), *rows, volume(), volume("vol-2"), most=1)
    assert [entry.parent for entry in ledger.entries()] == ["vol-1"]
    whys = [found[row.resource].why for row in (*rows, volume("vol-2"))]
    assert whys[0] == "AWS does not document what CloudTrail calls a resource of type aws_sqs_queue"
    assert whys[1] == "its account was not looked into"
    assert whys[2].startswith("CloudTrail was asked about 1 others")
    denied, ledger = ask(Answering("AccessDeniedException"), volume(), volume("vol-2"))
    assert len(ledger.entries()) == 1
    assert {last.why for last in denied.values()} == {
        f"CloudTrail could not be read in {ACCOUNT}: denied"
    }


def test_it_is_off_until_it_is_asked_for() -> None:
    assert ask(None, volume())[0] == {}
    found, ledger = ask(Answering(), volume(), most=0)
    assert (found, ledger.entries()) == ({}, [])
    assert LOOKUP in session_for(Settings(change_lookups=5))._allowed
    (statement,) = reach(Settings(change_lookups=5))
    assert statement["Action"] == ["cloudtrail:LookupEvents"]


def test_what_is_no_event_is_a_failure_of_the_call() -> None:
    broken = {**write(), "CloudTrailEvent": "{"}
    found, ledger = ask(Answering([broken]), volume())
    assert not ledger.entries()[0].complete
    assert found[volume().resource].why.startswith("CloudTrail could not be read")
    with pytest.raises(json.JSONDecodeError):
        read(broken, ATTRIBUTES)


def test_the_parts_of_a_bucket_are_asked_about_once_and_no_call_is_said_to_name_theirs() -> None:
    put = {
        **write("PutBucketEncryption", about="AWS::S3::Bucket", requestParameters={"Rule": {}}),
        "Resources": [{"ResourceType": "AWS::S3::Bucket", "ResourceName": "b"}],
    }
    kinds = ("aws_s3_bucket_lifecycle_configuration", "aws_s3_bucket_policy")
    rows = [actual(kind, "b") for kind in kinds]
    found, ledger = ask(Answering([put], name="b"), *rows)
    assert len(ledger.entries()) == 1
    assert {(w.event, w.names) for last in found.values() for w in last.writes} == {
        ("PutBucketEncryption", ())
    }
    assert len(found) == 2


def test_every_part_has_the_id_of_what_it_is_a_part_of() -> None:
    for type_, making in makings().items():
        for part in making.parts:
            assert making.by == "id"
            assert load()[part].container == type_
            assert load()[part].id in ("{parent.Name}", "{Name}"), part
            assert part not in makings()
