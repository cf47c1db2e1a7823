"""The tagging API as a join: it saves the calls for what it names, and says nothing of what it does not."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.catalog import load
from scanner.catalog.tagcall import tag_call
from scanner.collect.engine import Collected, Engine
from scanner.collect.patience import Patience
from scanner.collect.rates import Rates
from scanner.collect.session import TAGGED, Account, Identity, Session
from scanner.seen import Seen

from .cloud import ACCOUNT, REGION, Clock, Cloud, Response, family, serialized
from .test_engine import denied

MANY, NAMED = 250, 200


def url(number: int) -> str:
    return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/queue-{number:03}"


@pytest.fixture
def cloud() -> Cloud:
    """250 queues, of which the tagging API names 200; each by itself says that it is red."""
    cloud = Cloud()

    def named(model: Any) -> Response:
        first = (cloud.asked[TAGGED] - 1) * 100
        rows = [
            {
                "ResourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue-{n:03}",
                "Tags": [{"Key": "team", "Value": "blue"}] if n else [],
            }
            for n in range(first, first + 100)
        ]
        token = "next" if first + 100 < NAMED else ""
        return serialized(model, {"ResourceTagMappingList": rows, "PaginationToken": token})

    cloud.faults[TAGGED] = named
    cloud.faults["sqs.list_queues"] = lambda model: serialized(
        model, {"QueueUrls": [url(n) for n in range(MANY)]}
    )
    cloud.faults["sqs.list_queue_tags"] = lambda model: serialized(model, {"Tags": {"team": "red"}})
    return cloud


def collected(cloud: Cloud, *, tagging: bool) -> Collected:
    clock = Clock()
    session = Session(patience=Patience(Rates(clock=clock), clock.sleep), also=frozenset({TAGGED}))
    identity = Identity(ACCOUNT, "aws", f"arn:aws:iam::{ACCOUNT}:user/u")
    engine = Engine(
        cloud.attach(session), [Account(identity, (REGION,))], hide=lambda _: "hidden", workers=8,
        tagging=tagging,
    )  # fmt: skip
    return engine.run(family(load(), {"aws_sqs_queue"}))


def test_two_pages_stand_for_two_hundred_calls_and_the_rest_is_asked_by_itself(
    cloud: Cloud,
) -> None:
    made = collected(cloud, tagging=True)
    teams = {row.name: (row.tags or {})["team"] for row in made.rows}
    # a queue that is named without tags may have some by now: it is asked too
    red = {f"queue-{n:03}" for n in (0, *range(NAMED, MANY))}
    assert {name for name, team in teams.items() if team == "red"} == red
    assert len(teams) == MANY
    assert cloud.asked[TAGGED] == 2
    assert cloud.asked["sqs.list_queue_tags"] == len(red) == 51
    assert all(e.complete for e in made.ledger.entries())
    cloud.asked.clear()
    collected(cloud, tagging=False)
    assert (cloud.asked[TAGGED], cloud.asked["sqs.list_queue_tags"]) == (0, MANY)


def test_a_denied_tagging_api_costs_one_gap_and_no_tag(cloud: Cloud) -> None:
    cloud.faults[TAGGED] = denied
    made = collected(cloud, tagging=True)
    assert {(row.tags or {})["team"] for row in made.rows} == {"red"}
    (gap,) = [e for e in made.ledger.entries() if not e.complete]
    assert f"{gap.service}.{gap.operation}" == TAGGED
    assert Seen(made.ledger.entries()).listed("aws_sqs_queue", ACCOUNT, REGION) == ""
    assert not any(row.unread for row in made.rows)


def test_only_a_call_that_gives_tags_and_nothing_else_is_replaced() -> None:
    kinds = load()
    assert tag_call("aws_sqs_queue") is kinds["aws_sqs_queue"].each[-1]
    # what gives more than tags, gives them for many, or is of a type without an ARN
    for name in ("aws_eks_cluster", "aws_route53_zone", "aws_instance", "aws_iam_user"):
        assert tag_call(name) is None
    assert len(list(filter(tag_call, kinds))) > 50
