"""Prices: the table against the catalog, and what it makes of resources whose price is known otherwise."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest

from scanner import shipped
from scanner.catalog import load
from scanner.derive.prices import costs, price_rows, table
from scanner.judge.load import load_rules
from scanner.store.lineage import lineage
from scanner.store.relations import tables
from tests.derive.made import actual

PLACE = {"availability_zone": "us-east-1a", "outpost_arn": None}
VOLUME = {**PLACE, "iops": None, "throughput": None}


def test_every_price_is_one_that_can_be_charged() -> None:
    regions = set(botocore.session.get_session().get_available_regions("ec2"))
    today = datetime.now(UTC).date()
    for price in table().price:
        kept = load()[price.type].kept
        assert price.usd > 0
        assert price.region in regions
        assert set(price.when) <= set(kept), price
        assert all(re.compile(pattern) for pattern in price.when.values())
        assert not price.times or kept[price.times].kind in ("int", "float", "set", "list"), price
        assert bool(price.times) or not (price.over or price.up_to), price
        assert bool(price.times) or price.unit in ("hour", "month"), price
        source = table().source[price.source]
        assert source.url.startswith("https://")
        assert source.read <= today
    assert {price.source for price in table().price} == set(table().source)
    lines = [(p.type, tuple(p.when.items()), p.region, p.times) for p in table().price]
    assert len(lines) == len(set(lines)), "a price stands twice"


def test_a_region_has_all_the_lines_of_a_price_or_none() -> None:
    # the zone's name tells the region; what else is asked of a resource is the same everywhere
    parts: dict[Any, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for price in table().price:
        asked = tuple(sorted((n, p) for n, p in price.when.items() if n != "availability_zone"))
        parts[price.type, asked][price.region].add(price.times)
    for key, by_region in parts.items():
        assert len({frozenset(times) for times in by_region.values()}) == 1, key


def test_an_orphan_whose_price_is_known_says_it() -> None:
    priced = {price.type for price in table().price}
    for rule in load_rules([shipped.rules()]).values():
        about = rule.population.split()[0]
        if rule.id.startswith("orphan/") and about in priced:
            assert "monthly_cost" in rule.evidence, rule.id
        if "monthly_cost" in rule.evidence:
            assert lineage(rule.sql).tables & priced, f"{rule.id}: nothing it reads has a price"


@pytest.mark.parametrize(
    ("type_", "attributes", "wanted"),
    [
        # the first is what Infracost makes of the same volume
        ("aws_ebs_volume", VOLUME | {"type": "gp3", "size": 40, "iops": 4000, "throughput": 130}, 8.40),
        ("aws_ebs_volume", VOLUME | {"type": "gp3", "size": 500, "iops": 3000, "throughput": 125}, 40.0),
        ("aws_ebs_volume", VOLUME | {"type": "gp3", "size": 500, "iops": 3000}, 40.0),
        ("aws_ebs_volume", VOLUME | {"type": "gp2", "size": 10}, 1.0),
        ("aws_ebs_volume", VOLUME | {"type": "io2", "size": 30, "iops": 300}, 23.25),
        ("aws_nat_gateway", {"subnet_id": "subnet-1"}, 32.85),
        ("aws_eip", {"public_ipv4_pool": "amazon", "customer_owned_ipv4_pool": None}, 3.65),
        ("aws_vpc_endpoint", {"vpc_endpoint_type": "Interface", "subnet_ids": ["a", "b"]}, 14.60),
        ("aws_secretsmanager_secret", {}, 0.40),
        ("aws_eks_cluster", {"upgrade_policy": [{"support_type": "STANDARD"}]}, 73.0),
    ],
)  # fmt: skip
def test_what_a_resource_costs(type_: str, attributes: dict[str, Any], wanted: float) -> None:
    row = actual(type_, "x", region="us-east-1", attributes=attributes)
    assert costs([row]) == {row.resource: wanted}
    elsewhere = actual(type_, "x", region="eu-west-1", attributes=attributes)
    assert costs([elsewhere]) == {}, "the price is another region's"


@pytest.mark.parametrize(
    ("type_", "attributes"),
    [
        ("aws_ebs_volume", VOLUME | {"type": "gp3", "size": None, "iops": 3000, "throughput": 125}),
        ("aws_ebs_volume", {**PLACE, "iops": 3000, "type": "gp3", "size": 40}),
        ("aws_ebs_volume", VOLUME | {"type": "gp9", "size": 40}),
        ("aws_ebs_volume", {"type": "gp2", "size": 40, "availability_zone": "us-east-1a"}),
        ("aws_ebs_volume", VOLUME | {"type": "gp2", "size": 40, "availability_zone": "us-east-1-bos-1a"}),
        ("aws_ebs_volume", VOLUME | {"type": "gp2", "size": 40, "outpost_arn": "arn:aws:outposts:x"}),
        ("aws_ebs_volume", VOLUME | {"type": "io2", "size": 400, "iops": 64000}),
        ("aws_eip", {"public_ipv4_pool": "ipv4pool-ec2-1", "customer_owned_ipv4_pool": None}),
        ("aws_nat_gateway", {"subnet_id": None}),
        ("aws_vpc_endpoint", {"vpc_endpoint_type": "Gateway", "subnet_ids": []}),
        ("aws_vpc_endpoint", {"vpc_endpoint_type": "Interface", "subnet_ids": []}),
        ("aws_lb", {"load_balancer_type": "gateway"}),
        ("aws_sqs_queue", {}),
    ],
)  # fmt: skip
def test_what_is_not_known_is_not_nothing(type_: str, attributes: dict[str, Any]) -> None:
    assert costs([actual(type_, "x", region="us-east-1", attributes=attributes)]) == {}


def test_every_price_can_be_asked_for() -> None:
    assert {name for row in price_rows() for name in row} == set(tables()["prices"])
