"""A list is all of its pages, or it says that it is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from scanner.catalog import ResourceType, load
from scanner.collect import pages as module
from scanner.collect.failure import classify
from scanner.collect.pages import pages
from scanner.collect.reply import MalformedReply
from scanner.collect.session import Session

from .cloud import REGION, Cloud, Response, serialized

KEYS = load()["aws_kms_alias"]
TABLES = load()["aws_dynamodb_table"]
ZONES = load()["aws_route53_zone"]
QUEUES = load()["aws_sqs_queue"]


class Client:
    """A client that answers with the given pages, whatever it is asked."""

    def __init__(
        self, answers: Iterator[dict[str, Any]] | list[dict[str, Any]], paged: bool = True
    ) -> None:
        self._answers, self._paged = iter(answers), paged

    def can_paginate(self, operation: str) -> bool:
        return self._paged

    def get_paginator(self, operation: str) -> Client:
        return self

    def paginate(self, **params: Any) -> Iterator[dict[str, Any]]:
        return self._answers

    def __getattr__(self, name: str) -> Any:
        return lambda **params: next(self._answers)


def page(*names: str, **more: Any) -> dict[str, Any]:
    return {"TableNames": list(names), **more}


def read(answers: Any, kind: ResourceType = TABLES, paged: bool = True) -> list[Any]:
    return [item for items in pages(Client(answers, paged), kind, {}) for item in items]


def test_all_pages_are_read_with_an_empty_one_in_the_middle() -> None:
    answers = [page("a", NextToken="1"), page(NextToken="2"), page("b", "c")]
    assert read(answers) == ["a", "b", "c"]


def test_the_items_before_a_failure_are_given() -> None:
    given = pages(Client([page("a", NextToken="1"), {"Other": []}]), TABLES, {})
    assert next(given) == ["a"]
    with pytest.raises(MalformedReply):
        next(given)


def test_a_page_without_the_list_is_malformed_on_any_page() -> None:
    with pytest.raises(MalformedReply, match="without TableNames"):
        read([{}])
    with pytest.raises(MalformedReply, match="without TableNames"):
        read([page("a", NextToken="1"), {}])


def test_a_list_that_may_be_left_out_may_be_left_out() -> None:
    assert QUEUES.may_omit
    assert read([{}], QUEUES) == []


@pytest.mark.parametrize("tokens", ["aa", "aba", "abcb"])
def test_a_token_that_comes_back_is_malformed(tokens: str) -> None:
    with pytest.raises(MalformedReply, match="same page token twice"):
        read([page("x", NextToken=token) for token in tokens])


@pytest.mark.parametrize("name", ["NextToken", "nextToken", "NextMarker", "Marker", "position"])
def test_a_token_is_known_by_any_of_its_names(name: str) -> None:
    with pytest.raises(MalformedReply, match="same page token twice"):
        read([page("x", **{name: "a"}), page("y", **{name: "a"})])


def test_a_token_that_is_only_repeated_back_is_none() -> None:
    """Route 53 tells the marker it was asked with beside the next one, on the last page too."""
    answers = [
        {"HostedZones": [{"Id": "1"}], "NextMarker": "a"},
        {"HostedZones": [{"Id": "2"}], "Marker": "a", "NextMarker": "b"},
        {"HostedZones": [{"Id": "3"}], "Marker": "b"},
    ]
    assert [zone["Id"] for zone in read(answers, ZONES)] == ["1", "2", "3"]


def test_empty_pages_without_end_are_malformed() -> None:
    endless = (page(NextToken=str(number)) for number in range(10**9))
    with pytest.raises(MalformedReply, match="empty pages"):
        read(endless)


def test_pages_without_end_are_malformed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PAGES", 20)
    endless = (page("x", NextToken=str(number)) for number in range(10**9))
    with pytest.raises(MalformedReply, match="did not end"):
        read(endless)


def test_a_further_page_that_cannot_be_asked_for_is_malformed() -> None:
    with pytest.raises(MalformedReply, match="more pages than can be asked for"):
        read([page("a", NextToken="1")], paged=False)
    assert read([page("a")], paged=False) == ["a"]
    assert read([page("a", NextToken="")], paged=False) == ["a"]


def test_a_path_that_points_at_one_thing_gives_it() -> None:
    assert read([{"TableNames": "a"}]) == ["a"]
    assert read([{"TableNames": None}]) == []


def test_botocore_pages_and_sends_the_token_back(session: Session, cloud: Cloud) -> None:
    tokens: list[str | None] = ["two", "three", None]

    def answer(model: Any) -> Response:
        asked = cloud.asked["kms.list_aliases"]
        made = {
            "Aliases": [{"AliasName": f"alias/{asked}"}],
            "Truncated": tokens[asked - 1] is not None,
        }
        if tokens[asked - 1]:
            made["NextMarker"] = tokens[asked - 1]
        return serialized(model, made)

    cloud.faults["kms.list_aliases"] = answer
    client = session.client("kms", REGION)
    found = [item["AliasName"] for items in pages(client, KEYS, {}) for item in items]
    assert found == ["alias/1", "alias/2", "alias/3"]


def test_botocores_own_loop_over_one_token_is_malformed_too(session: Session, cloud: Cloud) -> None:
    def answer(model: Any) -> Response:
        return serialized(model, {"Aliases": [], "Truncated": True, "NextMarker": "again"})

    cloud.faults["kms.list_aliases"] = answer
    with pytest.raises(Exception, match="token") as caught:
        list(pages(session.client("kms", REGION), KEYS, {}))
    assert classify(caught.value).status == "malformed"
    assert cloud.asked["kms.list_aliases"] <= 3


def test_pages_that_botocore_cannot_ask_for_are_asked_for_by_the_types_own_words() -> None:
    asked: list[dict[str, Any]] = []

    class Names:
        def list_delivery_streams(self, **params: Any) -> dict[str, Any]:
            asked.append(params)
            last = "ExclusiveStartDeliveryStreamName" in params
            return {
                "DeliveryStreamNames": ["b"] if last else ["a"],
                "HasMoreDeliveryStreams": not last,
            }

    streams = load()["aws_kinesis_firehose_delivery_stream"]
    found = [item for items in pages(Names(), streams, {"Limit": 1}) for item in items]
    assert found == ["a", "b"]
    assert asked == [{"Limit": 1}, {"Limit": 1, "ExclusiveStartDeliveryStreamName": "a"}]


def test_a_token_that_comes_twice_ends_such_a_list_too() -> None:
    acls = load()["aws_wafv2_web_acl"]
    again = [{"WebACLs": [], "NextMarker": "x"}] * 3
    with pytest.raises(MalformedReply, match="same page token twice"):
        list(pages(Client(again, paged=False), acls, {}))
