"""DuckDB connections: one way to write, one way to read what others wrote.

A reader is shut in: no file but the snapshot, no extension, no setting can be changed. `read_only` alone
would still let SQL read and write other files (DuckDB documentation, "Securing DuckDB").
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from scanner.errors import StoreError

Connection = duckdb.DuckDBPyConnection
Error = duckdb.Error

_QUIET: Mapping[str, Any] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


def writer(path: Path) -> Connection:
    """A connection that may change the file at `path`."""
    connection = duckdb.connect(
        str(path), config={**_QUIET, "storage_compatibility_version": "v1.2.0"}
    )
    connection.execute("set enable_progress_bar = false")
    connection.execute("set timezone = 'UTC'")
    return connection


def timestamp(moment: str) -> str:
    """A moment such as 2026-11-23T02:00:00Z as a cast takes it, whatever the zone of the session."""
    return moment.replace("T", " ").replace("Z", "")


def sandbox(path: Path | None = None, *, memory: str = "1GB", threads: int = 2) -> Connection:
    """A shut-in connection: read-only to the snapshot at `path`, or an empty one in memory.

    Raises StoreError where the file cannot be opened. Call `lock` once nothing is left to set up.
    """
    config = {
        **_QUIET,
        "enable_external_access": False,
        "allow_community_extensions": False,
        "memory_limit": memory,
        "threads": threads,
        "temp_directory": "",
    }
    try:
        connection = duckdb.connect(
            str(path or ":memory:"), read_only=path is not None, config=config
        )
    except duckdb.Error as error:
        raise StoreError(
            f"{path}: cannot be opened as a snapshot: {error}",
            hint="it may be damaged or made by another DuckDB; scan again, or name another scan",
        ) from error
    connection.execute("set enable_progress_bar = false")
    connection.execute("set timezone = 'UTC'")
    return connection


def lock(connection: Connection) -> None:
    """From here on no setting of the connection can be changed, not even unlocked."""
    connection.execute("set lock_configuration = true")
