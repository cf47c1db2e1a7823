"""A recorded cloud for commands that run in processes of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scanner import shipped
from scanner.replay import served


@pytest.fixture(scope="session")
def cloud() -> Iterator[dict[str, str]]:
    """The variables that lead a process to the recorded cloud."""
    with served(shipped.worlds() / "harbour") as running:
        yield dict(running.env)
