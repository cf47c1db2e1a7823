"""What every test may use: golden files; and no law fails because the machine is busy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("busy", deadline=None)
settings.load_profile("busy")

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite the golden files from what is made now",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
    """Compare bytes with fixtures/golden/<name>, or rewrite that file under --update-golden."""

    def compare(name: str, made: bytes) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(made)
        assert path.exists(), f"{path} does not exist; run pytest --update-golden and review it"
        kept = path.read_bytes()
        assert made.splitlines() == kept.splitlines(), f"{path} differs; see --update-golden"
        assert made == kept

    return compare
