"""When Python looks for garbage while a scan runs."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def kept() -> None:
    """What there is now is needed until the end: it is not looked through again."""
    gc.freeze()


@contextmanager
def seldom() -> Iterator[None]:
    """For a while, what is there already is not searched for garbage, and the rest less often.

    Replies, states and rows are large trees without cycles, and all of them are needed until the end:
    looking through them again and again frees nothing and takes longer the more there are.
    """
    before = gc.get_threshold()
    kept()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
