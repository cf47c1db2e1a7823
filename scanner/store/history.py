"""The history of a store: what was declared and what was there, of every scan, written only on change.

In: snapshots, oldest first. Out: `<store>/history.duckdb` (schema/history.sql), and the rows from which
`derive.history` says what came when. Everything in it comes from snapshots, so it can be made anew.

A scan works on a copy and puts it into the file's place once its snapshot is published: no reader meets a
writer, and a killed scan leaves the file as it was. What it did publish is recorded by the next one.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from scanner.errors import StoreError
from scanner.store import recording
from scanner.store.connection import Connection, Error, sandbox, writer
from scanner.store.recording import (
    EDITION,
    LATER,
    SCHEMA,
    TABLES,
    Known,
    Measured,
    Past,
    attach,
    check,
)
from scanner.store.snapshot import PARTIAL, SUFFIX, _one, _sync, new_id, published

FILE = f"history{SUFFIX}"
COMPACTING = 10
"""After so many runs each the file is written anew."""
_PASSING = re.compile(
    "out of memory|no space left|could not write|permission denied", re.IGNORECASE
)
T = TypeVar("T")


class History:
    """The history while a scan adds to it. Use as a context manager; without `publish` nothing stays.

    Nothing raises here: a file that is damaged is set aside, one that is not there is made from the
    published snapshots, and whatever else fails leaves the file as it was. `note` is told of all of it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        ignored_tags: Sequence[str] = (),
        note: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.trouble = ""
        """Why the history does not hold this scan, else ``."""
        self.left_out: dict[str, str] = {}
        """Published snapshots that could not be recorded, and why."""
        self._folder, self._file = folder, folder / FILE
        self._partial = folder / f"{FILE}{PARTIAL}"
        self._ignored, self._note = list(ignored_tags), note
        self._connection: Connection | None = None

    def __enter__(self) -> History:
        self._umask = os.umask(0o077)
        try:
            self._open()
        except (Error, OSError, StoreError) as error:
            self._fail(error)
        return self

    def __exit__(self, *_: object) -> None:
        self._drop()
        os.umask(self._umask)

    def record(self, snapshot: Path) -> bool:
        """Add a scan from its snapshot, which is published, or still partial and closed.

        Returns whether it was added; a scan that is there already is not added again.
        """
        return self._tried(lambda c: recording.record(c, snapshot, self._ignored), False)

    def conclude(self, snapshot: Path) -> None:
        """Add what the rules found to the scan that was just recorded."""
        self._tried(lambda c: recording.conclude(c, snapshot), None)

    def past(self, runs: int = 10, days: int = 14) -> Past:
        """The rows of all that is out of sync, missing or unmanaged, or was lately."""
        return self._tried(lambda c: recording.past(c, runs, days), Past([], [], [], [], []))

    def known(self) -> Mapping[str, Known]:
        """Every finding there ever was, by its fingerprint."""
        return self._tried(recording.known, {})

    def named(self, wanted: Sequence[str]) -> list[dict[str, Any]]:
        """Of these names and addresses those that a resource of ours ever had."""
        return self._tried(lambda c: recording.named(c, wanted), [])

    def standing(self, wanted: Sequence[str]) -> list[dict[str, Any]]:
        """Since when each of these resources is as it is."""
        return self._tried(lambda c: recording.standing(c, wanted), [])

    def measured(self) -> Measured:
        """What all of its runs say in numbers."""
        return self._tried(recording.measured, Measured([], [], [], []))

    def former(self, after: str = "") -> tuple[str, str, list[dict[str, Any]]]:
        """The newest run's id and moment, and what it had found; nothing unless its id is above `after`."""
        nothing: tuple[str, str, list[dict[str, Any]]] = ("", "", [])
        return self._tried(lambda c: recording.former(c, after), nothing)

    def _tried(self, act: Callable[[Connection], T], otherwise: T) -> T:
        try:
            if self._connection is not None:
                return act(self._connection)
        except (Error, OSError, StoreError) as error:
            self._fail(error)
        return otherwise

    def publish(self) -> bool:
        """Put what was recorded into the place of the file; returns whether that was done."""
        if self._connection is None:
            return False
        try:
            self._connection.execute("checkpoint")
            self._connection.close()
            self._connection = None
            _sync(self._partial)
            os.replace(self._partial, self._file)
            self._file.chmod(0o600)
            _sync(self._folder)
        except (Error, OSError) as error:
            self._fail(error)
        return not self.trouble

    def _open(self) -> None:
        self._copy()
        self._catch_up(self._connection or self._empty())

    def _empty(self) -> Connection:
        self._drop()
        self._connection = writer(self._partial)
        self._connection.execute(SCHEMA)
        self._connection.execute("insert into edition values (?)", [EDITION])
        return self._connection

    def _copy(self, *, documents: bool = False) -> None:
        """Connect to a copy of the file, if there is one; where it is not whole, set it aside."""
        self._drop()
        if not self._file.exists():
            return
        shutil.copyfile(self._file, self._partial)
        try:
            self._connection = writer(self._partial)
            for later in LATER:
                self._connection.execute(later)
            check(self._connection, documents=documents)
            if _one(self._connection, "select count(*) from run", [])[0] % COMPACTING == 0:
                self._compact()
        except (Error, StoreError) as error:
            self._drop()
            if _PASSING.search(str(error)):
                raise
            kept = self._folder / f"history-damaged-{new_id()}{SUFFIX}"
            os.replace(self._file, kept)
            self._note(
                f"{self._file}: damaged and kept as {kept.name}; it starts anew: {_line(error)}"
            )

    def _compact(self) -> None:
        """Write the copy anew, as each night leaves blocks behind that are not full."""
        connection = self._empty()
        attach(connection, self._file, "old")
        query = "select table_name from duckdb_tables() where database_name = 'old'"
        held = {name for (name,) in connection.execute(query).fetchall()}
        for table in TABLES:
            if table in held:
                connection.execute(f"insert into {table} from old.{table}")
        connection.execute("detach old")

    def _catch_up(self, connection: Connection) -> None:
        """Record what was published since the newest run."""
        newest = _one(connection, "select coalesce(max(id), '') from run", [])[0]
        behind = [path for path in published(self._folder) if path.stem > newest]
        if behind:
            self._note(f"{self._file}: behind by {len(behind)} published scans; they are added now")
        for snapshot in behind:
            try:
                if recording.record(connection, snapshot, self._ignored):
                    recording.conclude(connection, snapshot)
            except Error as error:  # of the snapshot: what it read of the history was read before
                self.left_out[snapshot.stem] = _line(error)
                self._note(f"{snapshot.name}: left out of the history: {_line(error)}")

    def _fail(self, error: Exception) -> None:
        self.trouble = f"{self._file}: does not hold this scan: {_line(error)}"
        self._note(self.trouble)
        with suppress(Error, OSError):
            self._copy(documents=True)  # opening read all but the documents
        self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        for leftover in (self._partial, Path(f"{self._partial}.wal")):
            leftover.unlink(missing_ok=True)


def reader(folder: Path) -> Connection:
    """A shut-in connection to the published history, with its macros `as_of` and `difference`.

    Raises StoreError where there is none, or it cannot be opened.
    """
    return sandbox(find(folder))


def find(folder: Path) -> Path:
    """The published history of a store. Raises StoreError where there is none."""
    if not (folder / FILE).is_file():
        raise StoreError(f"{folder}: no history here yet", hint="run `watchbill scan` first")
    return folder / FILE


def _line(error: Exception) -> str:
    return str(error).splitlines()[0]
