"""Every type that moto can make: two are made, two are found, and their tags are read."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from unittest import mock

import boto3
import pytest

from scanner.catalog import load
from scanner.collect.engine import Collected, Engine
from scanner.collect.rows import Row
from scanner.collect.session import Account, Identity, Session

from . import pairs

pytestmark = pytest.mark.xdist_group("contract")

moto = pytest.importorskip("moto")
ACCOUNT, REGION = "123456789012", "eu-west-1"
STEPS = [t for t, _, _ in pairs.STEPS if t]
MADE = [t for t in STEPS if t not in pairs.LACKS["moto"] | pairs.UNSEEN["moto"]]
TAGGED = {t for t in MADE if load()[t].tags} - pairs.UNTAGGED - pairs.FORGETS["moto"]


@dataclass
class Pair:
    """What there was before, what there is now, and what moto would not make or show."""

    before: Counter[str]
    rows: list[Row]
    refused: dict[str, str]
    broken: set[str]


def collected() -> Collected:
    """One scan of every type."""
    identity = Identity(ACCOUNT, "aws", f"arn:aws:iam::{ACCOUNT}:user/u")
    engine = Engine(Session(), [Account(identity, (REGION,))], hide=lambda _: "hidden", workers=8)
    return engine.run(load())


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    environment = {
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }  # fmt: skip
    with mock.patch.dict("os.environ", environment), moto.mock_aws():
        before = Counter(row.type for row in collected().rows if row.origin != "default")
        client = functools.cache(lambda service: boto3.client(service, region_name=REGION))
        refused = pairs.make(client)
        made = collected()
        broken = {entry.type for entry in made.ledger.entries() if not entry.complete}
        yield Pair(before, made.rows, refused, broken)


def test_moto_makes_all_of_them(pair: Pair) -> None:
    assert pair.refused.keys() == pairs.LACKS["moto"].keys()


@pytest.mark.parametrize("type_", pairs.UNSEEN["moto"])
def test_what_moto_does_not_show_is_found_as_soon_as_it_does(type_: str, pair: Pair) -> None:
    assert not [row for row in pair.rows if row.type == type_]
    assert type_ in pair.broken or "AWS has them for all" in pairs.UNSEEN["moto"][type_]


@pytest.mark.parametrize("type_", sorted(pairs.FORGETS["moto"]))
def test_tags_that_moto_forgets_are_read_as_soon_as_it_does_not(type_: str, pair: Pair) -> None:
    assert not [row for row in pair.rows if row.type == type_ and row.tags]


@pytest.mark.parametrize("type_", MADE)
def test_two_are_made_and_two_are_found_with_their_tags(type_: str, pair: Pair) -> None:
    rows = [row for row in pair.rows if row.type == type_ and row.origin != "default"]
    if type_ in TAGGED:
        # what comes with others (a VPC's own groups, an instance's volume) has no tags
        rows = [row for row in rows if (row.tags or {}).get("team") == "blue"]
        assert len(rows) == 2
    assert len({row.resource for row in rows}) == len(rows)
    assert len(rows) - (0 if type_ in TAGGED else pair.before[type_]) == 2


def test_what_is_made_twice_is_told_with_what_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    listed = {name for name, kind in load().items() if kind.list}
    reasons = {
        **dict.fromkeys(pairs.ONE, "one an account or region"),
        **pairs.LACKS["moto"], **pairs.UNSEEN["moto"],
    }  # fmt: skip
    missing = sorted(listed - set(MADE))
    with capsys.disabled():
        print(f"\n{len(listed) - len(missing)} of {len(listed)} listed types are made in moto")
        for name in missing:
            print(f"  not {name}: {reasons.get(name, 'nobody has tried')}")
    assert set(STEPS) <= load().keys()
    assert len(STEPS) == len(set(STEPS))
    assert len(listed) - len(missing) >= 0.75 * len(listed)
