"""Scans of many nights: all of `scan` but AWS, whose answer is given, by a clock that is given."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from scanner import scan as scanning
from scanner import shipped
from scanner.collect.engine import Collected
from scanner.collect.session import Identity
from scanner.model import Report
from scanner.settings import Settings
from tests.derive.made import ACCOUNT

START = datetime(2026, 9, 1, 2, tzinfo=UTC)


def all_but(kept: Iterable[str]) -> tuple[str, ...]:
    """Every rule that there is but these."""
    rules = {f"{path.parent.name}/{path.stem}" for path in shipped.rules().glob("*/*.sql")}
    return tuple(sorted(rules - set(kept)))


def reports_of(
    settings: Settings,
    nights: Iterable[int],
    answer: Callable[[int], Collected],
    before: Callable[[int, pytest.MonkeyPatch], None] = lambda *_: None,
) -> dict[int, Report]:
    """A report a night, so many days after START; `before` may do something ahead of each scan."""
    (region,) = settings.regions
    identity = Identity(ACCOUNT, "aws", "arn:aws:iam::1:user/x")
    regions = {"Regions": [{"RegionName": region}]}
    session: Any = SimpleNamespace(
        identity=lambda _: identity, endpoint=lambda _: "https://aws",
        known_regions=lambda: {region}, default_region=region,
        client=lambda *_: SimpleNamespace(describe_regions=lambda **_: regions),
    )  # fmt: skip
    ids = itertools.count(1)
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanning.store, "new_id", lambda _: f"20260901T{next(ids):06}Z-000000")
        for night in nights:
            engine = SimpleNamespace(run=lambda *_, night=night: answer(night))
            patch.setattr(scanning, "Engine", lambda *_, engine=engine, **__: engine)
            before(night, patch)
            moment = START + timedelta(days=night)
            made[night] = scanning.scan(settings, now=moment, session=session).report
    return made
