"""A served recorded world, and scans of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner import shipped
from scanner.model import Report
from scanner.replay import Served, served
from scanner.scan import scan
from scanner.settings import Settings

WORLD = shipped.worlds() / "harbour"


@pytest.fixture(scope="session")
def world() -> Path:
    return WORLD


@pytest.fixture(scope="session")
def cloud(world: Path) -> Iterator[Served]:
    with served(world) as running:
        yield running


@pytest.fixture
def aws(cloud: Served) -> Iterator[Served]:
    """This process talks to the recorded cloud and to nothing else."""
    before = dict(os.environ)
    with cloud.applied():
        yield cloud
    assert dict(os.environ) == before


@pytest.fixture(scope="session")
def reports(cloud: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """One scan for each declared state of the world."""
    made = {}
    with cloud.applied():
        for state in ("rev1", "rev2", "rev1.raw", "rev2.raw"):
            settings = Settings(
                states=(str(WORLD / f"{state}.tfstate"),),
                store=str(tmp_path_factory.mktemp(state)),
                owner_tags=("team",),
            )
            made[state] = scan(settings).report
    return made
