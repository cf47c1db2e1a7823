"""The names and addresses by which ours are reached."""

from __future__ import annotations

from scanner.catalog import load
from scanner.derive.names import NAMED, names, outlived_names
from scanner.judge.made_of import filled_by

from .made import actual

RECORD = "aws_route53_record"


def test_every_named_attribute_is_collected_and_known_to_fill_the_table() -> None:
    assert set(filled_by("host_names")) == {*NAMED, RECORD}
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
