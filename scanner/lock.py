"""One scan at a time writes into a store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scanner.errors import ScanLocked


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the store while a scan runs. Raises ScanLocked where another does."""
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(folder / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise ScanLocked(
            f"another scan is writing into {folder}",
            hint="wait for it, or name another folder with --store",
        ) from error
    try:
        yield
    finally:
        lock.release()
