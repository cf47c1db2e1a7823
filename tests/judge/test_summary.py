"""What a report counts of each type: seen whole where it was asked, and not where it has no place."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from scanner.collect.ledger import Entry
from scanner.judge import summary
from scanner.judge.report import _declared
from scanner.seen import GLOBAL, Seen

from .made import finding

ACCOUNT, HERE, THERE = "123456789012", "us-east-1", "eu-west-1"
SCOPES = [(ACCOUNT, GLOBAL), (ACCOUNT, HERE), (ACCOUNT, THERE)]
ASKED = {
    ("aws_sqs_queue", HERE): "sqs.list_queues",
    ("aws_sqs_queue", THERE): "sqs.list_queues",
    ("aws_iam_role", GLOBAL): "iam.get_account_authorization_details",
}


@pytest.mark.parametrize(
    ("lost", "whole"),
    [
        (None, {"aws_sqs_queue", "aws_iam_role"}),
        (("aws_sqs_queue", THERE), {"aws_iam_role"}),
        (("aws_iam_role", GLOBAL), {"aws_sqs_queue"}),
    ],
)
def test_a_type_is_whole_where_each_of_its_places_was_listed(
    lost: tuple[str, str] | None, whole: set[str]
) -> None:
    entries = []
    for (type_, region), call in ASKED.items():
        entry = Entry.of(ACCOUNT, region, call, type_)
        entry.complete = (type_, region) != lost
        entry.status = "ok" if entry.complete else "denied"
        entries.append(entry)
    facts = SimpleNamespace(
        subjects={},
        matching=SimpleNamespace(classes={}, matches=[SimpleNamespace(type="aws_not_known")]),
        compared=Counter(),
        not_compared=Counter(),
    )
    told = summary.types(facts, Seen(entries), SCOPES)
    assert {t.type for t in told if t.complete and t.type in {name for name, _ in ASKED}} == whole
    # of an organization no account was asked: that is not all of it
    assert not any(t.complete for t in told if t.type.startswith("aws_organizations_"))
    assert summary.types(facts, Seen([]), [])[0].complete is False


def test_a_finding_names_the_state_that_declares_it_where_it_is_one() -> None:
    def match(source: str, resource: Any = None, uid: str = "") -> Any:
        declared = SimpleNamespace(address="aws_x.a", source=source)
        return SimpleNamespace(declared=declared, resource=resource, uid=uid)

    matching = SimpleNamespace(
        matches=[match("lost.tfstate", uid="arn:lost"), match("one.tfstate", "there", "arn:one")],
        by_resource={
            "arn:one": [match("one.tfstate")],
            "arn:twice": [match("one.tfstate"), match("two.tfstate")],
        },
    )
    found = [
        finding(print_, address="aws_x.a", declared_in=before)
        for print_, before in (("one", ""), ("twice", ""), ("lost", ""), ("old", "kept.tfstate"))
    ]
    told = [f.declared_in for f in _declared(found, matching)]
    assert told == ["one.tfstate", "", "lost.tfstate", "kept.tfstate"]
    undeclared = finding("one", address=None)
    assert next(_declared([undeclared], matching)).declared_in == ""
