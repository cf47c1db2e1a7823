"""A full disk, said as that: whichever library met it, what to do next is the same."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scanner.errors import StoreError, WatchbillError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def room(folder: Path) -> Iterator[None]:
    """Raise StoreError for what failed because there was no room to write in."""
    try:
        yield
    except WatchbillError:
        raise
    except Exception as error:
        said = str(error)
        if not any(os.strerror(code) in said for code in _FULL):
            raise
        raise StoreError(
            f"no room to write in: {said.splitlines()[0]}",
            hint=f"make some in {folder} and in the folder for temporary files; earlier scans are as they "
            "were, and the next scan takes up what this one kept of its answers",
        ) from error
