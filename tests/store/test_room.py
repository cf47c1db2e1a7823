"""A full disk is no bug, whoever met it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from scanner.errors import USAGE, ReportError, StoreError
from scanner.store.room import room


class Theirs(Exception):
    """An error of a library that keeps no number."""


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "scans/x.partial"),
        OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)),
        Theirs('Failed to commit: Could not write file "x.wal": No space left on device\nmore'),
    ],
)
def test_a_full_disk_is_said_as_that(error: Exception) -> None:
    with pytest.raises(StoreError, match="no room to write in") as caught, room(Path("st")):
        raise error
    assert caught.value.exit_code == USAGE
    assert "\n" not in caught.value.message
    assert "make some in st" in caught.value.hint
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EACCES, "Permission denied"),
        KeyError("x"),
        ReportError("No space left on device"),
    ],
)
def test_what_failed_otherwise_stays_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, room(Path("st")):
        raise error
    assert caught.value is error
