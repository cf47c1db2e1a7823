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
from scanner.collect.engine import Engine
from scanner.collect.rows import Row
from scanner.collect.session import Account, Identity, Session

from . import pairs

moto = pytest.importorskip("moto")
ACCOUNT, REGION = "123456789012", "eu-west-1"
MADE = [t for t, _, _ in pairs.STEPS if t and t not in pairs.LACKS["moto"]]
TAGGED = [t for t in MADE if t in load() and load()[t].tags and t not in pairs.UNTAGGED]


@dataclass
class Pair:
    """What there was before, what there is now, and what moto would not make."""

    before: Counter[str]
    rows: list[Row]
    refused: dict[str, str]


def collected() -> list[Row]:
    """One scan of every type."""
    identity = Identity(ACCOUNT, "aws", f"arn:aws:iam::{ACCOUNT}:user/u")
    engine = Engine(Session(), [Account(identity, (REGION,))], hide=lambda _: "hidden", workers=8)
    return engine.run(load()).rows


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    environment = {
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }  # fmt: skip
    with mock.patch.dict("os.environ", environment), moto.mock_aws():
        before = Counter(row.type for row in collected())
        client = functools.cache(lambda service: boto3.client(service, region_name=REGION))
        refused = pairs.make(client)
        yield Pair(before, collected(), refused)


def test_moto_makes_all_of_them(pair: Pair) -> None:
    assert pair.refused.keys() == pairs.LACKS["moto"]


@pytest.mark.parametrize("type_", MADE)
def test_two_are_made_and_two_are_found_with_their_tags(type_: str, pair: Pair) -> None:
    rows = [row for row in pair.rows if row.type == type_]
    if type_ in TAGGED:
        # what comes with others (a VPC's own groups, an instance's volume) has no tags
        rows = [row for row in rows if (row.tags or {}).get("team") == "blue"]
        assert len(rows) == 2
    assert len({row.resource for row in rows}) == len(rows)
    assert len(rows) - (0 if type_ in TAGGED else pair.before[type_]) == 2


def test_what_is_made_twice_is_told_with_what_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    listed = {name for name, kind in load().items() if kind.list}
    missing = sorted(listed - set(MADE))
    with capsys.disabled():
        print(
            f"\n{len(listed) - len(missing)} of {len(listed)} listed types are made in moto; not",
            end=" ",
        )
        print(", ".join(missing))
    assert set(MADE) <= load().keys()
    # the recorded worlds hold the others that moto can
    assert len(listed) - len(missing) >= 70
