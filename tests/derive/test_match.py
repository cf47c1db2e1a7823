"""Which instance is which resource; and missing is said only where it would have been seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scanner.catalog import ResourceType, load
from scanner.catalog.path import words
from scanner.collect.ledger import Entry
from scanner.declared import Declared
from scanner.derive.matching import Match
from scanner.seen import UNSHAPED, Seen

from .made import (
    ACCOUNT,
    OTHER_ACCOUNT,
    OTHER_REGION,
    REGION,
    actual,
    arn,
    compared,
    declared,
    ledger,
    matched,
    seen,
)

QUEUE = "aws_sqs_queue"
OURS, SHAPE = UNSHAPED.split(".")
HOST = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/"


def queue(name: str, **more: Any) -> Declared:
    return declared(
        QUEUE, HOST + name, name=name, arn=arn("sqs", name), **{"address": f"{QUEUE}.{name}"} | more
    )


def one(instance: Declared, *rows: Any, **more: Any) -> Match:
    (made,) = matched([instance], rows, **more).matches
    return made


class TestFinding:
    def test_an_instance_is_found_by_its_arn_whatever_its_id_says(self) -> None:
        row = actual(QUEUE, HOST + "orders", key="orders", arn=arn("sqs", "orders"))
        instance = declared(
            QUEUE, "http://127.0.0.1:5604/x", arn=arn("sqs", "orders"), name="other"
        )
        assert one(instance, row).resource is row

    def test_an_instance_without_an_arn_is_found_by_its_key(self) -> None:
        row = actual(QUEUE, HOST + "orders", key="orders", arn=arn("sqs", "orders"))
        instance = declared(QUEUE, "http://127.0.0.1:5604/1/orders", name="orders")
        assert one(instance, row).resource is row

    def test_an_instance_is_found_by_its_id_where_the_type_has_no_key(self) -> None:
        row = actual("aws_vpc", "vpc-1")
        assert one(declared("aws_vpc", "vpc-1"), row).resource is row
        assert one(declared("aws_vpc", "vpc-2"), row).resource is None

    def test_the_same_id_of_another_type_is_another_thing(self) -> None:
        user = actual("aws_iam_user", "ada")
        assert one(declared("aws_iam_role", "ada"), user).resource is None

    def test_another_name_of_the_type_is_the_type(self) -> None:
        row = actual("aws_lb", "lb", arn=arn("elasticloadbalancing", "lb"))
        made = one(declared("aws_alb", "lb", arn=arn("elasticloadbalancing", "lb")), row)
        assert (made.resource, made.type) == (row, "aws_lb")

    def test_the_same_key_in_two_regions_is_told_apart_by_the_region(self) -> None:
        rows = [
            actual(QUEUE, f"{region}/q", key="q", region=region, arn=arn("sqs", "q", region=region))
            for region in (REGION, OTHER_REGION)
        ]
        known = seen(regions=(REGION, OTHER_REGION))
        instance = declared(QUEUE, "url", name="q", region=OTHER_REGION)
        assert one(instance, *rows, known=known).resource is rows[1]

    def test_where_the_state_does_not_say_which_of_two_it_is_nothing_is_claimed(self) -> None:
        rows = [
            actual(QUEUE, f"{region}/q", key="q", region=region, arn=arn("sqs", "q", region=region))
            for region in (REGION, OTHER_REGION)
        ]
        made = one(declared(QUEUE, "url", name="q"), *rows)
        assert (made.resource, made.status) == (None, "unreadable")
        assert "which of several" in made.reason

    def test_the_same_key_in_another_account_is_not_taken(self) -> None:
        row = actual(QUEUE, "q", key="q", account=OTHER_ACCOUNT)
        assert one(queue("q"), row).resource is None

    def test_a_type_nobody_collects_is_unsupported_and_named(self) -> None:
        made = one(declared("aws_nosuch_thing", "x"))
        assert made.status == "unsupported"
        assert "aws_nosuch_thing" in made.reason


class TestAbsence:
    def test_what_is_declared_and_not_there_is_missing(self) -> None:
        assert one(queue("orders")).status == "missing"

    @pytest.mark.parametrize("status", ["denied", "throttled", "malformed", "timeout", "error"])
    def test_where_the_list_failed_it_is_unreadable_and_the_reason_names_the_call(
        self, status: str
    ) -> None:
        made = one(queue("orders"), known=seen(failing={"sqs.list_queues": status}))
        assert made.status == "unreadable"
        assert made.reason == f"sqs:list_queues {status} (Code)"

    def test_a_list_that_failed_elsewhere_does_not_matter(self) -> None:
        failing = {"sns.list_topics": "denied"}
        assert one(queue("orders"), known=seen(failing=failing)).status == "missing"

    def test_a_call_that_was_never_made_is_no_proof(self) -> None:
        entries = [e for e in ledger() if e.operation != "list_queues"]
        made = one(queue("orders"), known=Seen(entries))
        assert made.status == "unreadable"
        assert "was not asked" in made.reason

    def test_a_call_that_did_not_come_back_is_no_proof(self) -> None:
        entries = [e for e in ledger() if e.operation != "list_queues"]
        entries.append(Entry(ACCOUNT, REGION, "sqs", "list_queues", QUEUE))
        assert one(queue("orders"), known=Seen(entries)).status == "unreadable"

    def test_an_item_nobody_could_read_may_be_any(self) -> None:
        lost = Entry(ACCOUNT, REGION, OURS, SHAPE, QUEUE)
        assert one(queue("orders"), known=Seen([*ledger(), lost])).status == "unreadable"

    def test_an_unreadable_child_may_be_any_parents(self) -> None:
        rows = [actual("aws_route53_zone", "Z1")]
        zone = declared("aws_route53_zone", "Z1", arn=arn("route53", "Z1", region=""))
        record = declared("aws_route53_record", "Z1_a", zone_id="Z1", name="a", fqdn="a", type="A")
        why = "name of Z1_a: not text"
        lost = Entry(ACCOUNT, "global", OURS, SHAPE, "aws_route53_record", why)
        made = matched([zone, record], rows, Seen([*ledger(), lost])).matches
        assert made[1].status == "unreadable"

    @pytest.mark.parametrize(
        ("account", "region", "says"),
        [
            (OTHER_ACCOUNT, REGION, OTHER_ACCOUNT),
            (ACCOUNT, OTHER_REGION, OTHER_REGION),
        ],
    )
    def test_what_lies_where_nothing_was_asked_is_out_of_scope(
        self, account: str, region: str, says: str
    ) -> None:
        instance = declared(QUEUE, "q", name="q", arn=arn("sqs", "q", account, region))
        made = one(instance)
        assert made.status == "out_of_scope"
        assert says in made.reason

    def test_what_does_not_say_where_it_is_is_out_of_scope(self) -> None:
        made = one(declared(QUEUE, "q", name="q"))
        assert made.status == "out_of_scope"
        assert "does not say" in made.reason

    def test_account_and_region_are_those_of_its_neighbours_of_one_provider(self) -> None:
        lonely = declared("aws_vpc", "vpc-1")
        made = matched([queue("a"), lonely], []).matches[1]
        assert (made.account, made.region, made.status) == (ACCOUNT, REGION, "missing")

    def test_neighbours_that_disagree_say_nothing(self) -> None:
        there = declared(QUEUE, "b", name="b", arn=arn("sqs", "b", OTHER_ACCOUNT))
        made = matched([queue("a"), there, declared("aws_vpc", "vpc-1")], []).matches[2]
        assert (made.account, made.status) == ("", "out_of_scope")

    @pytest.mark.parametrize("change", [{"source": "b.tfstate"}, {"provider": "other"}])
    def test_neighbours_of_another_state_or_provider_say_nothing(self, change: Any) -> None:
        made = matched([queue("a"), declared("aws_vpc", "vpc-1", **change)], []).matches[1]
        assert made.status == "out_of_scope"

    def test_a_global_type_is_looked_for_globally(self) -> None:
        user = declared("aws_iam_user", "ada", arn=f"arn:aws:iam::{ACCOUNT}:user/ada")
        assert one(user).status == "missing"
        denied = seen(failing={"iam.get_account_authorization_details": "denied"})
        assert one(user, known=denied).status == "unreadable"


class TestParents:
    ZONE = declared("aws_route53_zone", "Z1", arn=arn("route53", "Z1", region=""))
    RECORD = declared("aws_route53_record", "Z1_a_A", zone_id="Z1", name="a", fqdn="a", type="A")
    CALL = "route53.list_resource_record_sets"

    def status(self, *, about: str, rows: bool = True) -> str:
        found = [actual("aws_route53_zone", "Z1")] if rows else []
        known = seen(failing={self.CALL: "denied"}, parents={self.CALL: about})
        return matched([self.ZONE, self.RECORD], found, known).matches[1].status

    def test_a_child_is_missing_where_its_own_parent_was_read(self) -> None:
        assert self.status(about="Z2") == "missing"

    def test_a_child_is_unreadable_where_its_own_parent_was_not(self) -> None:
        assert self.status(about="Z1") == "unreadable"
        assert self.status(about="") == "unreadable"

    def test_the_parent_may_be_any_where_it_is_not_known(self) -> None:
        assert self.status(about="Z2", rows=False) == "unreadable"

    def test_a_child_is_unreadable_where_the_parents_were_not_listed(self) -> None:
        known = seen(failing={"route53.list_hosted_zones": "denied"})
        assert matched([self.ZONE, self.RECORD], [], known).matches[1].status == "unreadable"

    def test_a_part_is_unreadable_where_the_call_it_is_read_from_failed(self) -> None:
        part = declared(
            "aws_sqs_queue_policy", HOST + "q", queue_url=HOST + "q", arn=arn("sqs", "q")
        )
        rows = [actual(QUEUE, HOST + "q", key="q", arn=arn("sqs", "q"))]
        failing = {"sqs.get_queue_attributes": "denied"}
        made = matched([queue("q"), part], rows, seen(failing=failing)).matches[1]
        assert made.status == "unreadable"
        other = {"sqs.list_queue_tags": "denied"}
        assert matched([queue("q"), part], rows, seen(failing=other)).matches[1].status == "missing"


class TestClasses:
    def one(self, row: Any, *instances: Declared, others: Any = (), **more: Any) -> str:
        return matched(instances, [row, *others], **more).classes[row.resource]

    def test_what_is_declared_is_declared_and_what_is_not_is_unmanaged(self) -> None:
        row = actual(QUEUE, HOST + "q", key="q", arn=arn("sqs", "q"))
        assert self.one(row, queue("q")) == "declared"
        assert self.one(row, queue("other")) == "unmanaged"
        assert self.one(row) == "unmanaged"

    def test_nothing_is_unmanaged_where_a_state_could_not_be_read(self) -> None:
        row = actual(QUEUE, HOST + "q", key="q", arn=arn("sqs", "q"))
        assert self.one(row, complete_sources=False) == "unknown"
        assert self.one(row, queue("q"), complete_sources=False) == "declared"

    @pytest.mark.parametrize(
        "second", [{"address": "module.b.aws_sqs_queue.q"}, {"source": "b.tfstate"}]
    )
    def test_what_two_addresses_claim_is_double_declared(self, second: Any) -> None:
        row = actual(QUEUE, HOST + "q", key="q", arn=arn("sqs", "q"))
        assert self.one(row, queue("q"), queue("q", **second)) == "double_declared"

    def test_a_leftover_of_a_replacement_claims_nothing(self) -> None:
        row = actual(QUEUE, HOST + "q", key="q", arn=arn("sqs", "q"))
        assert self.one(row, queue("q"), queue("q", deposed="1a2b3c4d")) == "declared"
        elsewhere = queue("q", deposed="1a2b3c4d", source="b.tfstate")
        assert self.one(row, queue("q"), elsewhere) == "declared"
        assert self.one(row, elsewhere) == "declared"

    @pytest.mark.parametrize(
        ("origin", "klass"),
        [("default", "provider_default"), ("service", "child"), ("spawned", "child"),
         ("unread", "unknown")],
    )  # fmt: skip
    def test_what_nobody_made_by_hand_is_not_unmanaged(self, origin: str, klass: str) -> None:
        row = actual("aws_vpc", "vpc-1", origin=origin)
        assert self.one(row) == klass
        assert self.one(row, declared("aws_vpc", "vpc-1")) == "declared"

    def test_a_part_is_told_with_what_it_is_part_of(self) -> None:
        whole = actual(QUEUE, HOST + "q", key="q", arn=arn("sqs", "q"))
        part = actual("aws_sqs_queue_policy", HOST + "q", key="q", parent_id=HOST + "q")
        assert self.one(part, queue("q"), others=[whole]) == "child"
        assert self.one(part, others=[whole]) == "child"

    def test_a_child_of_a_managed_parent_is_unmanaged_and_of_an_unmanaged_one_a_child(self) -> None:
        zone = actual("aws_route53_zone", "Z1")
        record = actual("aws_route53_record", "Z1_a_A", parent_id="Z1")
        assert self.one(record, TestParents.ZONE, others=[zone]) == "unmanaged"
        assert self.one(record, others=[zone]) == "child"

    def test_an_access_key_is_unmanaged_even_where_its_user_is(self) -> None:
        user = actual("aws_iam_user", "ada")
        key = actual("aws_iam_access_key", "AKIA1", parent_id="ada")
        assert self.one(key, others=[user]) == "unmanaged"

    def test_the_parent_of_a_row_is_known(self) -> None:
        zone = actual("aws_route53_zone", "Z1")
        record = actual("aws_route53_record", "Z1_a_A", parent_id="Z1")
        assert matched([], [zone, record]).parents == {record.resource: zone.resource}


def test_what_is_in_a_directory_that_is_not_ours_is_not_missing() -> None:
    """Nobody declares the directory: that it is not there says that this is not its account."""
    group = declared("aws_identitystore_group", "d-1/g", identity_store_id="d-1")
    ours = actual("aws_ssoadmin_instance", "arn:i", key="d-1", origin="default")
    other = actual("aws_ssoadmin_instance", "arn:j", key="d-2", origin="default")
    for row, status in ((ours, "missing"), (other, "out_of_scope")):
        made, _ = matched([group, queue("q")], [row]).matches  # the queue's ARN says where they are
        assert made.status == status


def test_what_names_a_parent_that_it_is_not_found_through_is_missing() -> None:
    rule = declared("aws_vpc_security_group_ingress_rule", "sgr-1", security_group_id="sg-1")
    made, _ = matched([rule, queue("q")], []).matches
    assert made.status == "missing"


def test_an_instance_of_which_the_state_holds_nothing_is_not_missing() -> None:
    nothing = replace(declared(QUEUE, "x", address=f"{QUEUE}.x"), id="", packed=b"{}")
    made, _ = matched([nothing, queue("q")], []).matches
    assert made.status == "unreadable"
    assert "which resource this is" in made.reason


def test_a_leftover_that_is_gone_is_not_missing() -> None:
    """Nobody wishes for it: Terraform itself is about to delete it."""
    matches, _ = compared([queue("q", deposed="1a2b3c4d")], [])
    assert matches[0].status != "missing"


def test_a_leftover_that_is_there_is_not_compared() -> None:
    row = actual(QUEUE, HOST + "q", key="q", arn=arn("sqs", "q"), attributes={"delay_seconds": 5})
    matches, comparisons = compared([queue("q", deposed="1a2b3c4d", delay_seconds=9)], [row])
    assert (matches[0].status, comparisons) == ("not_compared", [])


WRONG: list[Any] = ["", 5, 5.5, True, [], {}, [[]], [{}], [5], {"a": []}, 10**400, float("inf")]
"""Values that a hostile state may hold anywhere."""


@pytest.mark.parametrize("kind", load().values(), ids=load())
def test_no_value_in_a_state_can_stop_the_matching(kind: ResourceType) -> None:
    named = words(f"{kind.declared_key} {kind.declared_parent} {kind.declared_in} {kind.beyond}")
    for value in [*WRONG, None]:
        attributes = dict.fromkeys(named | {"arn", "region", "owner_id"}, value)
        made = one(declared(kind.type, "x", **attributes), actual(kind.type, "x"))
        assert made.resource is not None or made.status
