"""An address over five weeks, all of `scan` but AWS: what it costs, and the record that outlives it.

day  what happened                                  the address          the record
  0  allocated, and used by nothing; a record        new
 10  nothing                                         standing, 1.20 USD
 20  the list of addresses is denied                 unknown, 1.20 USD    unknown
 30  released, while the record stays                gone                 new: it was ours
 35  another address of ours is where it points      gone                 gone
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from scanner.collect.engine import Collected
from scanner.collect.ledger import Ledger
from scanner.model import Finding, Report
from scanner.settings import Settings
from tests.derive.made import actual, ledger

from .nights import all_but, reports_of

pytestmark = pytest.mark.xdist_group("outlived")

REGION = "us-east-1"
"""Where an address has a price."""
KEPT = {"orphan/unassociated-address", "orphan/record-to-released-address"}
ADDRESSES = "ec2.describe_addresses"


def address(name: str, **attributes: Any) -> Any:
    own = {"public_ip": "192.0.2.7", "public_ipv4_pool": "amazon", "customer_owned_ipv4_pool": None}
    return actual("aws_eip", name, region=REGION, attributes=own | attributes)


RECORD = actual(
    "aws_route53_record", "Z_www_A", name="www.harbour.example A",
    attributes={
        "kind": "A", "host": "www.harbour.example", "zone_name": "harbour.example", "private": False,
        "target": None, "values": ["192.0.2.7"],
    },
)  # fmt: skip
HELD = address("eipalloc-1", association_id=None)
OTHER = address("eipalloc-2", association_id="eipassoc-1")
NIGHTS = {0: [HELD], 10: [HELD], 20: None, 30: [], 35: [OTHER]}


def answer(night: int) -> Collected:
    held = NIGHTS[night]
    kept = Ledger()
    kept.take(ledger({ADDRESSES: "denied"} if held is None else None, regions=(REGION,)))
    # a scan lets go of what its rows held
    return Collected(deepcopy([RECORD, *(held or [])]), kept)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Report]:
    store = str(tmp_path_factory.mktemp("store"))
    settings = Settings(store=store, regions=(REGION,), disable=all_but(KEPT))
    return reports_of(settings, NIGHTS, answer)


def of(report: Report, rule: str) -> list[Finding]:
    return [f for f in report.findings if f.rule == f"orphan/{rule}"]


def test_what_it_cost_is_counted_from_the_first_scan_that_found_it(
    reports: dict[int, Report],
) -> None:
    told = {day: of(report, "unassociated-address") for day, report in reports.items()}
    assert [(day, f.status, f.wasted) for day, found in told.items() for f in found] == [
        (0, "new", 0.0),
        (10, "standing", 1.2),  # ten days at 0.005 an hour
        (20, "unknown", 1.2),
        (30, "gone", 1.2),
    ]


def test_a_record_that_outlives_the_address_is_told_once_it_is_sure(
    reports: dict[int, Report],
) -> None:
    told = {day: of(report, "record-to-released-address") for day, report in reports.items()}
    assert [told[0], told[10]] == [[], []]
    (asked,) = told[20]
    assert (asked.status, asked.unknown_because) == (
        "unknown", "ec2:describe_addresses denied (Code)",
    )  # fmt: skip
    (found,) = told[30]
    assert (found.status, found.severity) == ("new", "critical")
    assert found.evidence["ip"] == "192.0.2.7"
    assert found.evidence["was"] == HELD.resource
    assert found.evidence["since"] == "2026-09-01T02:00:00Z"
    assert [f.status for f in told[35]] == ["gone"]
