"""The tag policy of Organizations, as canned replies: the emulator does not answer it."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from scanner.collect.ledger import Ledger
from scanner.collect.permissions import reach
from scanner.collect.session import TAG_POLICY, Identity, Session
from scanner.collect.tagpolicy import parsed, required_tags
from scanner.errors import NotReadOnly
from scanner.settings import Settings

IDENTITY = Identity("123456789012", "aws", "arn:aws:iam::123456789012:role/scan")

POLICY = json.dumps(
    {
        "tags": {
            "costcenter": {
                "tag_key": "CostCenter",
                "tag_value": ["100", "200*"],
                "report_required_tag_for": ["ec2:instance", "s3:ALL_SUPPORTED"],
            },
            "Team": {"report_required_tag_for": {"@@assign": ["sqs:queue"]}},
            "project": {"tag_key": "Project", "enforced_for": ["ec2:instance"]},
        }
    }
)


class Answering:
    """A session whose one client gives a canned reply."""

    def __init__(self, content: str = "", code: str = "") -> None:
        self._client = botocore.session.Session().create_client(
            "organizations", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        stubber = Stubber(self._client)
        if code:
            stubber.add_client_error("describe_effective_policy", code)
        else:
            policy = {"PolicyContent": content, "PolicyType": "TAG_POLICY"}
            stubber.add_response(
                "describe_effective_policy",
                {"EffectivePolicy": policy},
                {"PolicyType": "TAG_POLICY"},
            )
        stubber.activate()

    def client(self, service: str, region: str) -> Any:
        assert (service, region) == ("organizations", "us-east-1")
        return self._client


def asked(**answer: str) -> tuple[Any, Any]:
    ledger = Ledger()
    session: Any = Answering(**answer)
    found = required_tags(session, IDENTITY, ledger)
    (entry,) = ledger.entries()
    return found, entry


def test_what_the_policy_requires_and_nothing_else_of_it() -> None:
    found, entry = asked(content=POLICY)
    assert found == {"CostCenter": ("ec2:instance", "s3:ALL_SUPPORTED"), "team": ("sqs:queue",)}
    assert (entry.status, entry.complete, entry.items) == ("ok", True, 2)


def test_no_policy_requires_nothing_and_is_whole() -> None:
    for code in ("EffectivePolicyNotFoundException", "AWSOrganizationsNotInUseException"):
        found, entry = asked(code=code)
        assert (found, entry.complete) == ({}, True)


def test_a_policy_that_may_not_be_read_is_a_gap() -> None:
    found, entry = asked(code="AccessDeniedException")
    assert (found, entry.status, entry.complete) == ({}, "denied", False)


@pytest.mark.parametrize("content", ["{", "[]", '{"tags": []}', '{"tags": {"a": []}}'])
def test_a_policy_that_is_none_is_a_gap(content: str) -> None:
    found, entry = asked(content=content)
    assert (found, entry.complete) == ({}, False)
    with pytest.raises(ValueError):  # noqa: PT011
        parsed(content)


def test_it_is_asked_only_where_the_settings_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    with pytest.raises(NotReadOnly):
        Session().client("organizations", "us-east-1").describe_effective_policy(
            PolicyType="TAG_POLICY"
        )
    assert TAG_POLICY in Session(also=frozenset([TAG_POLICY]))._allowed
    assert reach(Settings()) == []
    (statement,) = reach(Settings(tag_policies=True))
    assert statement["Action"] == ["organizations:DescribeEffectivePolicy"]


def test_the_call_exists_and_reads() -> None:
    model = botocore.session.Session().get_service_model("organizations")
    assert "DescribeEffectivePolicy" in model.operation_names
    assert issubclass(ClientError, Exception)
