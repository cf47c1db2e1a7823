"""The sums: every declared instance ends in one status, every actual resource in one class."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.catalog import aliases, load
from scanner.collect.rows import Row
from scanner.declared import Declared
from scanner.derive.compare import compare
from scanner.model import ACTUAL_COUNTS, DECLARED_COUNTS

from .made import (
    ACCOUNT,
    OTHER_ACCOUNT,
    OTHER_REGION,
    REGION,
    actual,
    arn,
    declared,
    hide,
    matched,
    seen,
)

IDS = st.sampled_from(["a", "b", "c"])
TYPES = [
    "aws_sqs_queue", "aws_sqs_queue_policy", "aws_s3_bucket", "aws_s3_bucket_versioning", "aws_vpc",
    "aws_iam_user", "aws_iam_access_key", "aws_route53_zone", "aws_route53_record", "aws_lb",
    "aws_security_group", "aws_lambda_function",
]  # fmt: skip
ACCOUNTS = st.sampled_from([ACCOUNT, ACCOUNT, ACCOUNT, OTHER_ACCOUNT])
REGIONS = st.sampled_from([REGION, REGION, OTHER_REGION])
CALLS = [kind.list for kind in map(load().__getitem__, TYPES) if kind.list]
TEXTS = st.none() | st.text(max_size=2) | IDS
NUMBERS = st.none() | st.integers(0, 3) | st.just("many")


@st.composite
def instances(draw: st.DrawFn) -> list[Declared]:
    made = []
    for number in range(draw(st.integers(0, 6))):
        type_, id_ = draw(st.sampled_from([*TYPES, "aws_alb", "aws_nosuch"])), draw(IDS)
        attributes: dict[str, Any] = {
            name: draw(TEXTS)
            for name in (
                "name",
                "queue_url",
                "bucket",
                "zone_id",
                "user",
                "region",
                "policy",
                "fqdn",
            )
            if draw(st.booleans())
        }
        if draw(st.booleans()):
            attributes["arn"] = arn("x", id_, draw(ACCOUNTS), draw(REGIONS))
        if draw(st.booleans()):
            attributes |= {"delay_seconds": draw(NUMBERS), "tags": {"a": "b"}}
        made.append(
            declared(
                type_, id_, **attributes,
                address=f"{type_}.n{draw(st.integers(0, number))}",
                source=draw(st.sampled_from(["a.tfstate", "b.tfstate"])),
                deposed=draw(st.sampled_from(["", "", "1a2b3c4d"])),
            )
        )  # fmt: skip
    return made


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    made: dict[str, Row] = {}
    for _ in range(draw(st.integers(0, 8))):
        type_, id_ = draw(st.sampled_from(TYPES)), draw(IDS)
        account = draw(ACCOUNTS)
        more: dict[str, Any] = {"account": account, "key": draw(IDS)}
        if load()[type_].scope != "global":
            more["region"] = draw(REGIONS)
        if draw(st.booleans()):
            more["arn"] = arn("x", id_, account, draw(REGIONS))
        one = actual(
            type_, id_, **more,
            parent_id=draw(IDS),
            origin=draw(st.sampled_from(["", "", "", "default", "service", "spawned", "unread", "gone"])),
            attributes={"delay_seconds": draw(st.sampled_from([None, 1, 2]))}
            if draw(st.booleans()) else {},
        )  # fmt: skip
        made[one.resource] = one
    return list(made.values())


@settings(max_examples=300, deadline=None)
@given(instances(), rows(), st.sets(st.sampled_from(CALLS), max_size=4), st.booleans())
def test_every_instance_has_one_status_and_every_resource_one_class(
    stated: list[Declared], found: list[Row], failing: set[str], whole: bool
) -> None:
    known = seen(failing=dict.fromkeys(failing, "denied"))
    made = matched(stated, found, known, complete_sources=whole)
    comparisons = list(compare(made.matches, hide))

    assert [m.declared for m in made.matches] == stated
    assert all(m.status in DECLARED_COUNTS for m in made.matches)
    assert set(made.classes) == {row.resource for row in found}
    assert set(made.classes.values()) <= set(ACTUAL_COUNTS)

    matched_rows = {m.resource.resource for m in made.matches if m.resource is not None}
    told = {r for r, klass in made.classes.items() if klass in ("declared", "double_declared")}
    assert told == matched_rows
    for m in made.matches:
        collected = aliases().get(m.declared.type) is not None
        assert (m.status == "unsupported") <= (not collected or bool(load()[m.type].beyond))
        if m.resource is None:
            assert m.status in (
                "missing",
                "unreadable",
                "out_of_scope",
                "unsupported",
                "not_compared",
            )
            if m.status == "missing":
                assert load()[m.type].list not in failing, "what could not be seen is not missing"
        else:
            assert m.status in ("in_sync", "changed", "unreadable", "not_compared")
            assert m.resource.type == m.type
        assert m.reason or m.status in ("in_sync", "changed", "missing")
    assert {c.resource for c in comparisons} <= matched_rows
    if not whole:
        assert "unmanaged" not in made.classes.values()


@settings(max_examples=60, deadline=None)
@given(instances(), rows(), st.randoms(use_true_random=False))
def test_the_order_of_what_is_given_means_nothing(
    stated: list[Declared], found: list[Row], lot: Any
) -> None:
    def told(one: list[Declared], other: list[Row]) -> tuple[Any, Any]:
        made = matched(one, other)
        list(compare(made.matches, hide))
        statuses = {id(m.declared): (m.status, m.reason, m.uid) for m in made.matches}
        return statuses, made.classes

    mixed, other = list(stated), list(found)
    lot.shuffle(mixed)
    lot.shuffle(other)
    # rows of one ARN and type are one thing told twice, which AWS never does
    distinct = {(row.type, row.arn or row.resource) for row in found}
    if len(distinct) == len(found):
        assert told(stated, found) == told(mixed, other)
