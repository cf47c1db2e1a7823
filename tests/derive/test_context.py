"""What a resource says of its request, until when it is wanted, and which tags it must have."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.derive.context import context, required
from scanner.derive.expiry import ends, expiries
from scanner.derive.match import match
from scanner.settings import RequiredTags, Settings

from .made import actual, arn, declared, seen


def said(row: Any, *instances: Any, **settings: Any) -> dict[str, tuple[str, str]]:
    made = match(list(instances), [row], seen())
    return {c.key: (c.value, c.via) for c in context([row], made.by_resource, Settings(**settings))}


def queue(name: str = "q", **tags: str) -> Any:
    return actual("aws_sqs_queue", name, tags=tags)


def test_every_key_by_its_aliases() -> None:
    row = queue(
        RequestedBy="ada", JIRA="OPS-1", purpose="orders", expires="2027-01-01", app="shop", env="prod",
        cost_centre="100", DataClassification="internal",
    )  # fmt: skip
    assert said(row) == {
        "requested_by": ("ada", "tag RequestedBy"),
        "ticket": ("OPS-1", "tag JIRA"),
        "purpose": ("orders", "tag purpose"),
        "expires": ("2027-01-01", "tag expires"),
        "service": ("shop", "tag app"),
        "environment": ("prod", "tag env"),
        "cost_center": ("100", "tag cost_centre"),
        "data_class": ("internal", "tag DataClassification"),
    }


def test_the_declared_tags_with_the_providers_default_tags_where_aws_has_none() -> None:
    stated = declared(
        "aws_sqs_queue", "q", tags={"ticket": "A"}, tags_all={"ticket": "A", "env": "prod"}
    )
    found = said(queue(ticket="B"), stated)
    assert found == {"ticket": ("B", "tag ticket"), "environment": ("prod", "declared tag env")}
    unread = actual("aws_sqs_queue", "q", tags=None)
    assert said(unread, stated)["ticket"] == ("A", "declared tag ticket")
    assert said(queue()) == {}


def test_the_settings_name_other_tags() -> None:
    found = said(queue(why="orders"), context_tags={"purpose": ("why",)})
    assert found == {"purpose": ("orders", "tag why")}


# --- until when -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23", "2026-11-24T00:00:00Z"),
        ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z"),
        ("2026-11-23T10:00:00+02:00", "2026-11-23T08:00:00Z"),
        ("2024-02-29", "2024-03-01T00:00:00Z"),
        ("2026-02-29", None), ("2026-13-01", None), ("23.11.2026", None), ("03/04/26", None),
        ("next week", None), ("", None), ("9999-12-31", None), ("\u0662\u0660\u0662\u0666-11-23", None),
        ("2026-11-23 or so", None),
    ],
)  # fmt: skip
def test_a_day_counts_whole_and_what_is_no_date_is_none(text: str, moment: str | None) -> None:
    assert ends(text) == moment


@given(st.text())
def test_any_text_is_a_date_or_is_not(text: str) -> None:
    row = queue(expires=text)
    for found in expiries([row], ("expires",)):
        assert found.ends is None or found.ends.endswith("Z")


# --- which tags it must have ----------------------------------------------------------------------


def lacking(row: Any, asked: Any = None, **settings: Any) -> set[tuple[str, str]]:
    configured = Settings(**settings)
    contexts = context([row], {}, configured)
    found = required([row], contexts, configured, asked or {})
    return {(r.tag, r.because) for r in found if not r.present}


def test_by_type_and_environment_and_an_alias_will_do() -> None:
    lines = (
        RequiredTags(tags=("owner", "cost-center"), types=("aws_sqs_*",), because="finance"),
        RequiredTags(tags=("ticket",), environments=("prod",)),
        RequiredTags(tags=("other",), types=("aws_lambda_function",)),
    )
    assert lacking(queue(), required_tags=lines) == {
        ("owner", "finance"),
        ("cost-center", "finance"),
    }
    assert lacking(queue(Squad="a", CostCentre="1", env="prod"), required_tags=lines) == {
        ("ticket", "required_tags")
    }
    assert lacking(queue(owner=" "), required_tags=lines) >= {("owner", "finance")}


def test_what_was_not_read_cannot_be_tagged_or_is_awss_own_is_not_asked() -> None:
    lines = (RequiredTags(tags=("owner",)),)
    for row in (
        actual("aws_sqs_queue", "q", tags=None),
        actual("aws_iam_group", "g"),
        actual("aws_kms_key", "k", tags={}, origin="service"),
    ):
        assert lacking(row, required_tags=lines) == set()


def test_a_tag_policy_tells_keys_apart_and_names_types_as_arns_do() -> None:
    asked = {
        "123456789012": {
            "CostCenter": ("sqs:queue",), "Team": ("ec2:ALL_SUPPORTED",), "Env": ("lambda:function",)
        }
    }  # fmt: skip
    by = "the account's tag policy"
    row = actual("aws_sqs_queue", "q", arn=arn("sqs", "q"), tags={"costcenter": "1"})
    assert lacking(row, asked) == {("CostCenter", by)}
    assert (
        lacking(actual("aws_sqs_queue", "q", arn=arn("sqs", "q"), tags={"CostCenter": "1"}), asked)
        == set()
    )
    assert lacking(actual("aws_instance", "i", arn=arn("ec2", "instance/i")), asked) == {
        ("Team", by)
    }
    function = actual("aws_lambda_function", "f", arn=arn("lambda", "function:f"), tags={})
    assert lacking(function, asked) == {("Env", by)}
    elsewhere = actual("aws_sqs_queue", "q", arn=arn("sqs", "q"), account="210987654321")
    assert lacking(elsewhere, asked) == set()
