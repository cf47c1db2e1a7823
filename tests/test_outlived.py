"""An address over five weeks, all of `scan` but AWS: what it costs, and the record that outlives it.

day  what happened                                  the address          the record
  0  allocated, and used by nothing; a record        new
 10  nothing                                         standing, 1.20 USD
 20  the list of addresses is denied                 unknown, 1.20 USD    unknown
 30  released, while the record stays                gone                 new: it was ours
 35  another address of ours is where it points      gone                 gone
"""

from __future__ import annotations

import itertools
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scanner import scan as scanning
from scanner import shipped
from scanner.collect.engine import Collected
from scanner.collect.ledger import Ledger
from scanner.collect.session import Identity
from scanner.model import Finding, Report
from scanner.settings import Settings
from tests.derive.made import ACCOUNT, actual, ledger

pytestmark = pytest.mark.xdist_group("outlived")

REGION = "us-east-1"
"""Where an address has a price."""
START = datetime(2026, 9, 1, 2, tzinfo=UTC)
KEPT = {"orphan/unassociated-address", "orphan/record-to-released-address"}
OTHERS = tuple(
    sorted({f"{path.parent.name}/{path.stem}" for path in shipped.rules().glob("*/*.sql")} - KEPT)
)
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


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Report]:
    identity = Identity(ACCOUNT, "aws", "arn:aws:iam::1:user/x")
    session: Any = SimpleNamespace(
        identity=lambda _: identity, endpoint=lambda _: "https://aws",
        known_regions=lambda: {REGION}, default_region=REGION,
        client=lambda *_: SimpleNamespace(
            describe_regions=lambda **_: {"Regions": [{"RegionName": REGION}]}
        ),
    )  # fmt: skip
    ids = itertools.count(1)
    store: Path = tmp_path_factory.mktemp("store")
    settings = Settings(store=str(store), regions=(REGION,), disable=OTHERS)
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanning.store, "new_id", lambda _: f"20260901T{next(ids):06}Z-000000")
        for number, held in NIGHTS.items():
            kept = Ledger()
            kept.take(ledger({ADDRESSES: "denied"} if held is None else None, regions=(REGION,)))
            # a scan lets go of what its rows held
            answer = Collected(deepcopy([RECORD, *(held or [])]), kept)
            engine = SimpleNamespace(run=lambda *_, answer=answer: answer)
            patch.setattr(scanning, "Engine", lambda *_, engine=engine, **__: engine)
            moment = START + timedelta(days=number)
            made[number] = scanning.scan(settings, now=moment, session=session).report
    return made


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
    assert (found.status, found.severity) == ("new", "high")
    assert found.evidence["ip"] == "192.0.2.7"
    assert found.evidence["was"] == HELD.resource
    assert found.evidence["since"] == "2026-09-01T02:00:00Z"
    assert [f.status for f in told[35]] == ["gone"]
