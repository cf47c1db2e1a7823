"""Writes a snapshot and publishes it whole; finds and reads published ones.

A scan writes `scans/<id>.duckdb.partial`, closes it, brings it to disk and renames it, so that a file
under its final name is always complete. Nothing is ever changed after that.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import count, islice
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any

from scanner.catalog import load
from scanner.catalog.kinds import dumps
from scanner.errors import ScanInvalid, StoreError
from scanner.store.connection import Connection, Error, sandbox, writer
from scanner.store.relations import ddl, tables, view

SUFFIX = ".duckdb"
PARTIAL = ".partial"
LOADING = ".load-"
ROWS_AT_ONCE = 50_000
LIST = "VARCHAR[]"


def new_id(moment: datetime | None = None) -> str:
    """An id that sorts by time: 20261123T020000Z-1a2b3c."""
    moment = moment or datetime.now(UTC)
    return f"{moment.strftime('%Y%m%dT%H%M%SZ')}-{secrets.token_hex(3)}"


class Writer:
    """A snapshot while it is made. Use as a context manager; without `publish` nothing stays."""

    def __init__(self, folder: Path, scan_id: str) -> None:
        self.id = scan_id
        self._folder = folder / "scans"
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        self.partial = self._folder / f"{scan_id}{SUFFIX}{PARTIAL}"
        os.close(os.open(self.partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        self.partial.unlink()  # DuckDB wants to make the file itself; the name is ours now
        self._connection: Connection | None = None
        self._checksums: dict[str, tuple[Any, ...]] = {}

    def __enter__(self) -> Writer:
        self._umask = os.umask(0o077)
        self._open().execute(";".join([ddl(), *map(view, load().values())]))
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        os.umask(self._umask)
        for leftover in (self.partial, Path(f"{self.partial}.wal")):
            leftover.unlink(missing_ok=True)

    def _open(self) -> Connection:
        if self._connection is None:
            self._connection = writer(self.partial)
            # one transaction until the file is closed: nobody reads it before, and each is brought to disk
            self._connection.execute("begin")
        return self._connection

    def close(self) -> None:
        """Let go of the file, so that another process may read it."""
        if self._connection is not None:
            self._connection.execute("commit")
            self._connection.execute("checkpoint")
            self._connection.close()
            self._connection = None

    def insert(self, table: str, rows: Iterable[Any]) -> None:
        """Append rows; each has every column of the table, as keys or as fields, JSON and maps as JSON text.

        Raises ScanInvalid where the table does not hold afterwards what was put in: a count is not
        enough, DuckDB 2.0.0 has been seen to count rows that no scan returns.
        """
        columns = tables()[table]
        casts = ", ".join(_cast(name, kind) for name, kind in columns.items())
        listed = ", ".join(f'"{name}"' for name in columns)
        connection = self._open()
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=LOADING) as scratch:
            files = list(_files(Path(scratch), columns, rows))
            if not files:
                return
            connection.execute(
                f"insert into {table} ({listed}) select {casts} from read_parquet(?)",  # noqa: S608
                [files],
            )
            written = _one(connection, _checksum(casts, "read_parquet(?)"), [files])
        self._add(table, written)
        self._check(connection, table, listed)

    def insert_report(self, texts: Iterable[str]) -> None:
        """Put the report in: large texts, each of which would stand in memory a dozen times as Parquet.

        Raises ScanInvalid like `insert`.
        """
        connection = self._open()
        query = _checksum("document", "(select cast(? as varchar) as document)")
        for text in texts:
            connection.execute("insert into report (document) values (?)", [text])
            self._add("report", _one(connection, query, [text]))
        self._check(connection, "report", "document")

    def _add(self, table: str, written: tuple[Any, ...]) -> None:
        count, mixed = self._checksums.get(table, (0, 0))
        self._checksums[table] = (count + written[0], mixed ^ written[1])

    def _check(self, connection: Connection, table: str, columns: str) -> None:
        found, expected = _one(connection, _checksum(columns, table), []), self._checksums[table]
        if found != expected:
            raise ScanInvalid(
                f"{table}: {expected[0]} rows were written and {found[0]} can be read back",
                hint="the database is not to be trusted; report this with the DuckDB version",
            )

    def connection(self) -> Connection:
        """The connection that writes, for what is computed of the tables (store/paths.py)."""
        return self._open()

    def scratch(self, table: str, columns: Mapping[str, str], rows: Iterable[Any]) -> None:
        """A table for the time of a computation, which no snapshot keeps."""
        listed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        connection = self._open()
        connection.execute(f"create temp table {table} ({listed})")
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=LOADING) as scratch:
            files = list(_files(Path(scratch), columns, rows))
            if files:
                casts = ", ".join(_cast(name, kind) for name, kind in columns.items())
                connection.execute(
                    f"insert into {table} select {casts} from read_parquet(?)",  # noqa: S608
                    [files],
                )

    def publish(self) -> Path:
        """Bring the snapshot to disk under its final name and return it."""
        self.close()
        final = self._folder / f"{self.id}{SUFFIX}"
        _sync(self.partial)
        os.replace(self.partial, final)
        final.chmod(0o600)
        _sync(self._folder)
        return final


def _files(folder: Path, columns: Mapping[str, str], rows: Iterable[Any]) -> Iterator[str]:
    """The rows as Parquet files, so many in each that memory holds no more of them at once."""
    import polars

    schema = {name: _polars(kind, polars) for name, kind in columns.items()}
    left = iter(rows)
    for number in count():
        chunk = list(islice(left, ROWS_AT_ONCE))
        if not chunk:
            return
        get = itemgetter if isinstance(chunk[0], Mapping) else attrgetter
        file = folder / f"{number:06}.parquet"
        polars.DataFrame(
            {name: _column(kind, list(map(get(name), chunk))) for name, kind in columns.items()},
            schema=schema,
        ).write_parquet(file, compression="uncompressed")  # it is read once, by us
        yield str(file)


def _checksum(columns: str, source: str) -> str:
    """A query that has to scan every value: a plain count is answered from metadata."""
    return (
        f"select coalesce(sum(1), 0)::bigint, coalesce(bit_xor(hash(r)), 0) "  # noqa: S608
        f"from (select {columns} from {source}) as r"
    )


def _one(connection: Connection, sql: str, parameters: list[Any]) -> tuple[Any, ...]:
    row = connection.execute(sql, parameters).fetchone()
    assert row is not None
    return row


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _column(kind: str, values: list[Any]) -> list[Any]:
    if kind != LIST:
        return values
    # polars makes a column of its own of every list; DuckDB reads a million of them as JSON in a second
    return [None if value is None else dumps(list(value)) for value in values]


def _polars(kind: str, polars: Any) -> Any:
    return {
        "BIGINT": polars.Int64,
        "DOUBLE": polars.Float64,
        "BOOLEAN": polars.Boolean,
    }.get(kind, polars.String)


def _cast(name: str, kind: str) -> str:
    if kind == "TIMESTAMP":
        # text such as 2026-11-23T02:00:00Z; a plain cast would shift it by the session's zone
        return f"cast(replace(replace(\"{name}\", 'T', ' '), 'Z', '') as timestamp)"
    if kind.startswith("MAP") or kind == LIST:
        return f'cast(cast("{name}" as json) as {kind})'
    return f'"{name}"'


def published(folder: Path) -> list[Path]:
    """The published snapshots of a store, oldest first."""
    return sorted((folder / "scans").glob(f"*{SUFFIX}"))


def expire(folder: Path, before: datetime) -> list[Path]:
    """Remove the snapshots of scans that began before a moment, never the newest; returns them."""
    oldest = new_id(before)[: len("20261123T020000Z")]
    removed = [path for path in published(folder)[:-1] if path.stem < oldest]
    for path in removed:
        path.unlink(missing_ok=True)
    return removed


def find(folder: Path, wanted: str = "latest") -> Path:
    """A snapshot by id, by the start of its id, by path, or the newest. Raises StoreError otherwise."""
    if Path(wanted).is_file():
        return Path(wanted)
    found = published(folder)
    if not found:
        raise StoreError(
            f"{folder}: no scan here yet", hint="run `watchbill scan` first, or give --store"
        )
    if wanted == "latest":
        return found[-1]
    matches = [path for path in found if path.name.startswith(wanted)]
    if len(matches) != 1:
        problem = "more than one scan begins" if matches else "no scan begins"
        raise StoreError(
            f"{problem} with {wanted!r} in {folder}", hint=f"the newest is {found[-1].stem}"
        )
    return matches[0]


def report(path: Path) -> Iterator[str]:
    """The report that a snapshot holds: findings.json, and, where they are not in it, lists of its findings.

    One text at a time: all findings of a large estate are more than a connection may hold.
    """
    connection = sandbox(path)
    try:
        rows = connection.execute("select rowid from report order by rowid").fetchall()
        if not rows:
            raise StoreError(f"{path}: a snapshot without a report", hint="scan again")
        for row in rows:
            yield _one(connection, "select document from report where rowid = ?", list(row))[0]
    except Error as error:
        raise StoreError(
            f"{path}: not a snapshot of watchbill: {error}", hint="scan again"
        ) from error
    finally:
        connection.close()


def clean(folder: Path) -> Iterable[Path]:
    """Remove what killed scans left behind; returns what was removed."""
    removed = []
    for leftover in sorted((folder / "scans").glob(f"*{PARTIAL}*")):
        leftover.unlink(missing_ok=True)
        removed.append(leftover)
    for leftover in sorted((folder / "scans").glob(f"{LOADING}*")):
        shutil.rmtree(leftover, ignore_errors=True)
        removed.append(leftover)
    return removed
