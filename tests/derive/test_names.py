"""The names and addresses by which ours are reached."""

from __future__ import annotations

from scanner.catalog import aliases, load
from scanner.derive.names import (
    BUCKET,
    DECLARED,
    NAMED,
    declared_names,
    former,
    names,
    outlived_names,
)
from scanner.judge.made_of import filled_by
from tests.catalog import provider

from .made import ACCOUNT, OTHER_REGION, REGION, actual, declared, matched

RECORD = "aws_route53_record"


def test_every_named_attribute_is_collected_and_known_to_fill_the_table() -> None:
    assert set(filled_by("host_names")) == {*NAMED, RECORD, BUCKET}
    for type_, attributes in NAMED.items():
        assert set(attributes) <= load()[type_].kept.keys(), type_


def test_a_name_is_lower_case_and_without_a_scheme() -> None:
    rows = [
        actual("aws_lb", "lb", attributes={"dns_name": "Web-1.eu-west-1.elb.amazonaws.com"}),
        actual("aws_apigatewayv2_api", "a", attributes={"endpoint": "https://a.execute-api.x"}),
        actual("aws_nat_gateway", "n", attributes={"public_ips": ["192.0.2.1", "192.0.2.2"]}),
        actual("aws_eip", "e", attributes={"public_ip": None}),
        actual("aws_instance", "i"),
    ]
    assert [name.name for name in names(rows)] == [
        "192.0.2.1", "192.0.2.2", "a.execute-api.x", "web-1.eu-west-1.elb.amazonaws.com",
    ]  # fmt: skip


def test_a_zone_is_itself_at_its_servers_and_a_delegation_points_there() -> None:
    own = {"kind": "NS", "host": "a.example", "zone_name": "a.example", "values": ["NS-1.x."]}
    away = {"kind": "NS", "host": "b.a.example", "zone_name": "a.example", "values": ["ns-2.y"]}
    rows = [actual(RECORD, "one", attributes=own), actual(RECORD, "two", attributes=away)]
    assert [name.name for name in names(rows)] == ["a.example ns-1.x"]
    private = [actual(RECORD, "one", attributes={**own, "private": True})]
    assert names(private) == []
    assert "b.a.example ns-2.y" in outlived_names(rows, names(rows))


def test_only_what_a_record_points_at_and_nothing_has_is_outlived() -> None:
    there = actual("aws_eip", "e", attributes={"public_ip": "192.0.2.1"})
    record = {"kind": "A", "host": "a", "zone_name": "z", "values": ["192.0.2.1", "192.0.2.2"]}
    alias = {"kind": "A", "host": "b", "zone_name": "z", "target": "gone.elb.amazonaws.com"}
    rows = [there, actual(RECORD, "r", attributes=record), actual(RECORD, "s", attributes=alias)]
    assert outlived_names(rows, names(rows)) == ["192.0.2.2", "gone.elb.amazonaws.com"]


def test_what_a_state_has_and_nothing_holds_was_ours() -> None:
    instances = [
        declared("aws_eip", "eipalloc-1", public_ip="192.0.2.2", region=REGION, owner_id=ACCOUNT),
        declared("aws_eip", "eipalloc-2", public_ip="192.0.2.1", region=REGION, owner_id=ACCOUNT),
        declared("aws_s3_bucket", "web.a.example", arn="arn:aws:s3:::web.a.example", region=REGION),
        declared(
            "aws_route53_zone", "Z1", name="b.a.example", name_servers=["NS-2.y.", None], vpc=[]
        ),
        # of a region that was not looked into nobody knows whether it is still there
        declared(
            "aws_eip", "eipalloc-3", public_ip="192.0.2.3", region=OTHER_REGION, owner_id=ACCOUNT
        ),
    ]
    there = actual("aws_eip", "eipalloc-2", attributes={"public_ip": "192.0.2.1"})
    record = {"kind": "A", "host": "a", "zone_name": "z", "values": ["192.0.2.1", "192.0.2.2"]}
    site = {
        "kind": "A",
        "host": "web.a.example",
        "zone_name": "z",
        "target": "s3-website-eu-west-1.amazonaws.com",
    }
    away = {"kind": "NS", "host": "b.a.example", "zone_name": "a.example", "values": ["ns-2.y"]}
    rows = [
        there,
        *(actual(RECORD, str(n), attributes=r) for n, r in enumerate((record, site, away))),
    ]
    gone = outlived_names(rows, names(rows))
    told = former([], gone, declared_names(matched(instances, rows).matches))
    assert [(row["name"], row["type"], row["since"]) for row in told] == [
        ("192.0.2.2", "aws_eip", None),
        ("b.a.example ns-2.y", "aws_route53_zone", None),
        ("s3 web.a.example", BUCKET, None),
    ]
    # an earlier scan says since when, too
    remembered = {**told[0], "since": "2026-09-01T00:00:00Z"}
    both = former([remembered], gone, declared_names(matched(instances, rows).matches))
    assert [row["since"] for row in both] == ["2026-09-01T00:00:00Z", None, None]


def test_what_a_state_is_asked_for_is_an_attribute_of_the_provider() -> None:
    known = {aliases()[name] for name in DECLARED}
    assert known == set(NAMED) - {"aws_network_interface"}
    for type_, paths in DECLARED.items():
        for path in paths:
            block, _, inner = path.partition("[].")
            field = provider.types()[type_].members[block]
            assert not inner or inner in field.members
