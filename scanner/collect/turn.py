"""On whose behalf a thread asks AWS, and until when.

Clients are shared by all accounts of a scan, so what differs between two calls travels beside them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from botocore.credentials import Credentials


class Deadline(Exception):
    """The time that a task, or the scan, has for its questions is over."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a call is made with."""

    account: str = ""
    credentials: Any = None
    """botocore's credentials of the account; None for those the session found itself."""
    until: float = math.inf
    """By the clock of the session's patience: nothing is asked, and no answer waited for, after this."""


_turn: ContextVar[Turn] = ContextVar("turn", default=Turn())  # noqa: B039 -- it is frozen


def turn() -> Turn:
    """The turn of this thread."""
    return _turn.get()


@contextmanager
def taking(mine: Turn) -> Iterator[None]:
    """Every call in the block is made in this turn."""
    before = _turn.set(mine)
    try:
        yield
    finally:
        _turn.reset(before)


class Borrowed(Credentials):  # type: ignore[misc]
    """Credentials that are, at every signature, those of the thread's turn."""

    def __init__(self, own: Callable[[], Any]) -> None:
        super().__init__("", "", method="turn")
        self._own = own

    def get_frozen_credentials(self) -> Any:
        """What to sign with; None where there is nothing (botocore says so in its own words)."""
        credentials = turn().credentials or self._own()
        # renewing a role's credentials is a call too, and one that the role itself must not sign
        with taking(Turn()):
            return credentials.get_frozen_credentials() if credentials is not None else None
