"""Attribute by attribute: only what was declared, only where it was read, and never a secret."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from scanner.catalog import ResourceType, load
from scanner.catalog.kinds import canonical
from scanner.catalog.path import words
from scanner.collect.rows import Row
from scanner.declared import Declared
from scanner.derive.compare import Comparison, compare
from scanner.derive.facts import Facts
from scanner.derive.matching import Match

from .made import ACCOUNT, REGION, actual, arn, compared, declared, hide

QUEUE = "aws_sqs_queue"
URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/q"
ARN = arn("sqs", "q")
SECRET = "hunter2"
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:*","Resource":"*"}]}'


def queue(**attributes: Any) -> Declared:
    return declared(QUEUE, URL, name="q", arn=ARN, **attributes)


def row(**more: Any) -> Row:
    return actual(QUEUE, URL, key="q", arn=ARN, **more)


def verdicts(instance: Declared, found: Row, *others: Declared, **more: Any) -> dict[str, str]:
    matches, comparisons = compared([instance, *others], [found], **more)
    assert matches[0].resource is found
    return {c.attribute: c.verdict for c in comparisons if c.address == instance.address}


def status(instance: Declared, found: Row) -> tuple[str, str]:
    matches, _ = compared([instance], [found])
    return matches[0].status, matches[0].reason


def test_equal_attributes_are_in_sync_and_others_changed() -> None:
    found = row(attributes={"delay_seconds": 5, "visibility_timeout_seconds": 30})
    instance = queue(delay_seconds=5, visibility_timeout_seconds=60)
    assert verdicts(instance, found) == {
        "delay_seconds": "in_sync",
        "visibility_timeout_seconds": "changed",
    }
    assert status(instance, found) == ("changed", "")
    assert status(queue(delay_seconds=5), found) == ("in_sync", "")


def test_a_comparison_says_where_what_and_both_sides() -> None:
    _, (made,) = compared([queue(delay_seconds=5)], [row(attributes={"delay_seconds": 7})])
    assert made == Comparison(
        f"{QUEUE}.{URL.replace('/', '_')}",
        "a.tfstate",
        ARN,
        QUEUE,
        "delay_seconds",
        "changed",
        5,
        7,
    )


def test_what_is_not_declared_is_not_compared() -> None:
    found = row(attributes={"delay_seconds": 5, "policy": None})
    assert verdicts(queue(delay_seconds=None), found) == {}
    assert status(queue(), found) == ("not_compared", "nothing declared here is compared")


@pytest.mark.parametrize(
    ("name", "unset"),
    [("kms_master_key_id", ""), ("delay_seconds", 0), ("fifo_queue", False), ("policy", "")],
)
def test_what_is_declared_empty_and_is_not_there_is_in_sync(name: str, unset: Any) -> None:
    assert verdicts(queue(**{name: unset}), row(attributes={name: None})) == {name: "in_sync"}


def test_an_attribute_that_could_not_be_read_is_unreadable_and_not_changed() -> None:
    found = row(attributes={}, unread=("sqs.get_queue_attributes",))
    instance = queue(delay_seconds=5)
    assert verdicts(instance, found) == {"delay_seconds": "unreadable"}
    assert status(instance, found) == ("unreadable", "not read: sqs.get_queue_attributes")


def test_a_change_outweighs_what_could_not_be_read() -> None:
    found = row(attributes={"delay_seconds": 7}, unread=("sqs.x",), tags=None)
    instance = queue(delay_seconds=5, tags_all={"team": "blue"})
    assert verdicts(instance, found) == {"delay_seconds": "changed", "tags": "unreadable"}
    assert status(instance, found)[0] == "changed"


def test_a_declared_value_that_is_none_of_its_kind_is_unreadable() -> None:
    found = row(attributes={"policy": None, "delay_seconds": 5})
    assert verdicts(queue(policy="not json"), found) == {"policy": "unreadable"}
    assert verdicts(queue(delay_seconds="many"), found) == {"delay_seconds": "unreadable"}
    assert verdicts(queue(delay_seconds="nan"), found) == {"delay_seconds": "unreadable"}


def test_an_attribute_with_an_owner_is_the_owners_where_there_is_one() -> None:
    found = row(attributes={"policy": None})
    instance = queue(policy=POLICY)
    owner = declared("aws_sqs_queue_policy", URL, queue_url=URL, policy=POLICY)
    assert verdicts(instance, found) == {"policy": "changed"}
    assert verdicts(instance, found, owner) == {}
    leftover = declared("aws_sqs_queue_policy", URL, queue_url=URL, deposed="1a2b3c4d")
    assert verdicts(instance, found, leftover) == {"policy": "changed"}
    elsewhere = declared("aws_sqs_queue_policy", "other", queue_url="other", policy=POLICY)
    assert verdicts(instance, found, elsewhere) == {"policy": "changed"}


@pytest.mark.parametrize(
    ("stated", "found", "verdict"),
    [
        # as the apply left it, and refreshed: what stands in the set beside its own is told elsewhere
        (["a"], ["a", "b"], "in_sync"),
        (["a", "b"], ["a", "b"], "in_sync"),
        (["a", "b"], ["a"], "in_sync"),
        # nobody declares what came: not this one, and none beside it
        (["a"], ["a", "b", "c"], "changed"),
        ([], ["c"], "changed"),
        # what may have been destroyed by an apply since the refresh is not called changed
        (["a", "b", "gone"], ["a", "b"], "in_sync"),
    ],
)
def test_what_was_added_to_a_set_is_told_though_others_declare_members_of_it(
    stated: list[str], found: list[str], verdict: str
) -> None:
    there = actual("aws_vpc_endpoint", "vpce-1", attributes={"subnet_ids": found})
    instance = declared("aws_vpc_endpoint", "vpce-1", subnet_ids=stated)
    type_ = "aws_vpc_endpoint_subnet_association"
    beside = declared(type_, "a-1", vpc_endpoint_id="vpce-1", subnet_id="b")
    assert verdicts(instance, there, beside) == {"subnet_ids": verdict}
    blocks = [{"vpc_id": name, "vpc_region": REGION} for name in found]
    there = actual("aws_route53_zone", "Z1", attributes={"vpc": blocks})
    stated_blocks = [{"vpc_id": name, "vpc_region": REGION} for name in stated]
    instance = declared("aws_route53_zone", "Z1", vpc=stated_blocks)
    beside = declared("aws_route53_zone_association", "Z1:b", zone_id="Z1", vpc_id="b")
    assert verdicts(instance, there, beside) == {"vpc": verdict}


def test_policies_are_compared_by_what_they_grant() -> None:
    statement = '{"Sid":"x","Resource":["*"],"Action":["SQS:*"],"Effect":"Allow"}'
    same = f'{{"Statement":{statement},"Version":"2012-10-17"}}'
    more = POLICY.replace('"*"', '"arn:aws:sqs:::other"')
    found = row(attributes={"policy": canonical("policy", POLICY)})
    assert verdicts(queue(policy=same), found) == {"policy": "in_sync"}
    assert verdicts(queue(policy=more), found) == {"policy": "changed"}


def test_what_the_table_does_not_compare_is_counted() -> None:
    # the name of a queue is what it is found by: no line compares it
    instance = queue(delay_seconds=5, unknown="x", another="", third=None, tags={}, tags_all={})
    match = Match(instance, QUEUE, ACCOUNT, REGION, "q", row(attributes={"delay_seconds": 5}))
    left_out: Counter[str] = Counter()
    list(compare([match], hide, (), left_out))
    assert left_out[QUEUE] == len({"name", "unknown"})


class TestTags:
    def test_tags_all_counts_and_tags_only_where_it_is_not_there(self) -> None:
        found = row(tags={"team": "blue", "env": "prod"})
        both = {"tags": {"team": "blue"}, "tags_all": {"team": "blue", "env": "prod"}}
        assert verdicts(queue(**both), found) == {"tags": "in_sync"}
        assert verdicts(queue(tags={"team": "blue"}), found) == {"tags": "changed"}
        assert verdicts(queue(tags={"team": "blue", "env": "prod"}), found) == {"tags": "in_sync"}

    @pytest.mark.parametrize("form", [None, {}])
    def test_no_tags_in_any_form_are_no_tags(self, form: Any) -> None:
        assert verdicts(queue(tags=form, tags_all=form), row(tags={})) == {"tags": "in_sync"}
        assert verdicts(queue(tags=form), row(tags={"a": "b"})) == {"tags": "changed"}

    def test_awss_own_tags_and_those_to_be_ignored_are_passed_over(self) -> None:
        found = row(tags={"team": "blue", "aws:x": "y", "kubernetes.io/z": "1"})
        instance = queue(tags_all={"team": "blue"})
        assert verdicts(instance, found) == {"tags": "changed"}
        assert verdicts(instance, found, ignored_tags=["kubernetes.io/"]) == {"tags": "in_sync"}

    def test_tags_that_were_not_read_are_unreadable(self) -> None:
        assert verdicts(queue(tags={"a": "b"}), row(tags=None)) == {"tags": "unreadable"}


def shown(*comparisons: Comparison) -> str:
    return repr(comparisons)


class TestSecrets:
    @pytest.mark.parametrize("found", [SECRET, "other " + SECRET, None])
    def test_an_attribute_marked_in_the_state_is_never_shown(self, found: Any) -> None:
        instance = queue(kms_master_key_id=SECRET, sensitive=frozenset({"kms_master_key_id"}))
        attributes = {"kms_master_key_id": found} if found else {}
        _, made = compared([instance], [row(attributes=attributes)])
        assert SECRET not in shown(*made)
        verdict = {SECRET: "in_sync", None: "unreadable"}.get(found, "changed")
        assert [c.verdict for c in made] == [verdict]

    @pytest.mark.parametrize("mark", ["tags", "tags_all"])
    def test_marked_tags_are_never_shown(self, mark: str) -> None:
        tags = {"tags": {"a": SECRET}, "tags_all": {"a": SECRET}}
        instance = queue(**tags, sensitive=frozenset({mark}))
        for found in ({}, {"a": SECRET}, None):
            _, made = compared([instance], [row(tags=found)])
            assert SECRET not in shown(*made)

    def test_an_attribute_declared_under_another_name_is_not_shown_either(self) -> None:
        told = [
            (kind.type, name, attribute.declared)
            for kind in load().values()
            for name, attribute in kind.attributes.items()
            if attribute.kind == "str"
            and attribute.declared
            and name not in words(attribute.declared)
        ]
        for type_, name, path in told:
            root = sorted(words(path) - {"domain", "last", "strip", "trim", "split"})[0]
            instance = declared(type_, "x", **{root: SECRET}, sensitive=frozenset({root}))
            found = actual(type_, "x", attributes={name: "other"})
            match = Match(instance, type_, ACCOUNT, REGION, "x", found)
            made = list(compare([match], hide))
            assert SECRET not in shown(*made), f"{type_}.{name}"

    def test_values_that_are_kept_as_hashes_are_not_shown_as_hashes(self) -> None:
        instance = declared(
            "aws_lambda_function", "f", function_name="f",
            environment=[{"variables": {"TOKEN": SECRET, "SAME": "s"}}],
        )  # fmt: skip
        variables = {"TOKEN": hide("x" + SECRET), "SAME": hide("s")}
        found = actual(
            "aws_lambda_function", "f", attributes={"environment": [{"variables": variables}]}
        )
        match = Match(instance, "aws_lambda_function", ACCOUNT, REGION, "f", found)
        made = [c for c in compare([match], hide) if c.attribute == "environment"]
        assert [c.verdict for c in made] == ["changed"]
        assert SECRET not in shown(*made)
        assert hide("s") not in shown(*made)
        assert made[0].declared == [{"variables": {"SAME": "sensitive", "TOKEN": "sensitive"}}]
        assert made[0].actual == [
            {"variables": {"SAME": "sensitive", "TOKEN": "sensitive, differs"}}
        ]

    def test_no_secret_attribute_of_the_catalog_is_ever_shown(self) -> None:
        secret = [
            (kind.type, name, attribute)
            for kind in load().values()
            for name, attribute in kind.attributes.items()
            if attribute.secret and not attribute.declared and attribute.kind == "str"
        ]
        for type_, name, _ in secret:
            instance = declared(type_, "x", **{name: SECRET, "type": "String"})
            for kept in (hide(SECRET), hide("other"), None):
                found = actual(type_, "x", attributes={name: kept})
                made = list(compare([Match(instance, type_, ACCOUNT, REGION, "x", found)], hide))
                assert SECRET not in shown(*made), f"{type_}.{name}"
            unread = Match(instance, type_, ACCOUNT, REGION, "x", actual(type_, "x", attributes={}))
            made = list(compare([unread], hide))
            assert SECRET not in shown(*made)
            assert hide(SECRET) not in shown(*made), f"{type_}.{name}"

    def test_once_it_is_compared_no_value_of_a_state_stays_in_memory(self) -> None:
        instance = declared("aws_db_instance", "x", arn=arn("rds", "x"), password=SECRET)
        found = actual("aws_db_instance", "x", attributes={"engine": "postgres"})
        match = Match(instance, "aws_db_instance", ACCOUNT, REGION, "x", found)
        facts: Any = SimpleNamespace(matching=SimpleNamespace(matches=[match]))
        uid = match.uid
        Facts.stored(facts, [found])
        assert (instance.attributes, found.attributes, match.uid) == ({}, {}, uid)


def empty(kind: ResourceType) -> Row:
    """A resource whose attributes were all read, and are all empty."""
    attributes: dict[str, Any] = {
        n: {} if a.kind == "rules" else None for n, a in kind.kept.items()
    }
    return actual(kind.type, "x", attributes=attributes)


@pytest.mark.parametrize("kind", load().values(), ids=load())
def test_a_type_compared_with_nothing_at_all_changes_nothing(kind: ResourceType) -> None:
    """A resource that AWS says nothing of, declared with nothing but an id: no verdict is made up."""
    match = Match(declared(kind.type, "x"), kind.type, ACCOUNT, REGION, "x", empty(kind))
    made = list(compare([match], hide))
    assert [c for c in made if c.verdict == "changed"] == []
    assert match.status != "changed"


WRONG: list[Any] = [
    "text", 5, 5.5, True, [], {}, [[]], [{}], [5], {"a": {"b": []}}, 10**400, float("inf"),
    [{"from_port": "x", "cidr_blocks": 5}], [{"from_port": [], "cidr_blocks": ["::/0"]}],
]  # fmt: skip
"""Values that a hostile state may hold anywhere."""


@pytest.mark.parametrize("kind", load().values(), ids=load())
def test_no_value_in_a_state_can_stop_the_comparison(kind: ResourceType) -> None:
    for name, attribute in kind.attributes.items():
        for value in WRONG:
            roots = words(attribute.declared) or {name}
            instance = declared(kind.type, "x", **dict.fromkeys(roots, value))
            match = Match(instance, kind.type, ACCOUNT, REGION, "x", empty(kind))
            made = list(compare([match], hide))
            assert {c.verdict for c in made} <= {"changed", "in_sync", "unreadable"}
