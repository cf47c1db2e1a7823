"""What a scan has collected so far, on disk, so that one that is killed need not ask all of it again.

One file, a line a task that was answered whole: its shaped rows and its ledger, the same that the snapshot
will hold and nothing that it will not. The first line says what was to be asked; over anything else, and
over answers older than a scan may last, nothing is taken up.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from scanner import __version__
from scanner.catalog.spec import ResourceType
from scanner.collect.ledger import Entry
from scanner.collect.rows import Row
from scanner.collect.session import Account
from scanner.errors import StoreError

NAME = "unfinished.jsonl"


class _Head(msgspec.Struct, frozen=True):
    question: str
    began: float


class Done(msgspec.Struct, frozen=True):
    """A task that was answered whole."""

    task: str
    rows: list[Row]
    entries: list[Entry]


def question(
    types: Mapping[str, ResourceType],
    accounts: Sequence[Account],
    endpoint: str,
    hide: Callable[[str], str],
) -> str:
    """A digest of all that decides what is asked and how it is kept."""
    asked = [
        # the name of a role's session is new with every scan; who asks is not
        (a.identity.account, a.identity.arn.split("/")[:2], a.identity.partition, a.regions)
        for a in accounts
    ]
    kinds = [repr(types[name]) for name in sorted(types)]
    text = repr((__version__, kinds, asked, endpoint, hide("watchbill")))
    return hashlib.sha256(text.encode()).hexdigest()


class Unfinished:
    """The file of a scan that is underway; a context manager that closes it and leaves it there."""

    def __init__(self, folder: Path, question: str, *, seconds: float, fresh: bool = False) -> None:
        """Open the file in `folder`, taking up what answers the same question and is young enough.

        Raises StoreError where the folder cannot be written.
        """
        self._file = folder / NAME
        self._lock = threading.Lock()
        self.began = time.time()
        self.done: dict[str, Done] = {}
        try:
            whole = 0 if fresh else self._read(question, seconds)
            flags = os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW | (0 if whole else os.O_TRUNC)
            self._out = os.fdopen(os.open(self._file, flags, 0o600), "wb")
            os.fchmod(self._out.fileno(), 0o600)
            self._out.truncate(whole)
            self._out.seek(whole)
            if not whole:
                self._write(_Head(question, self.began))
        except OSError as error:
            raise StoreError(
                f"{self._file}: cannot be written: {error.strerror or error}",
                hint="name a folder that can be written with --store",
            ) from error

    def __enter__(self) -> Unfinished:
        return self

    def __exit__(self, *_: object) -> None:
        self._out.close()

    @property
    def words(self) -> str:
        """What was taken up, for people."""
        when = datetime.fromtimestamp(self.began, UTC).strftime("%Y-%m-%d %H:%M UTC")
        return (
            f"a scan that began at {when} broke off; what it had answered whole "
            f"({len(self.done)} tasks) is not asked again (--fresh asks everything)"
        )

    def keep(self, task: str, rows: list[Row], entries: Iterable[Entry]) -> None:
        """Remember a task, if all of it was answered. A full disk costs the memory, not the scan."""
        entries = list(entries)
        if all(entry.complete for entry in entries):
            with self._lock, suppress(OSError, ValueError):
                self._write(Done(task, rows, entries))

    def remove(self) -> None:
        """The scan is published: nothing is left of this."""
        self._out.close()
        self._file.unlink(missing_ok=True)

    def _write(self, line: msgspec.Struct) -> None:
        # one write a line: whatever kills the process, only the last line can be torn
        self._out.write(msgspec.json.encode(line) + b"\n")
        self._out.flush()

    def _read(self, question: str, seconds: float) -> int:
        """Take up the lines that can be used; how many bytes of the file they are."""
        try:
            descriptor = os.open(self._file, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return 0
        decoder = msgspec.json.Decoder(Done)
        whole = 0
        with os.fdopen(descriptor, "rb") as lines:
            try:
                first = next(lines)
                head = msgspec.json.decode(first, type=_Head)
                if head.question != question or not 0 <= time.time() - head.began <= seconds:
                    return 0
                whole = len(first)
                for line in lines:
                    if not line.endswith(b"\n"):
                        break
                    done = decoder.decode(line)
                    self.done[done.task] = done
                    whole += len(line)
                self.began = head.began
            except (StopIteration, msgspec.DecodeError, UnicodeDecodeError):
                # what stands after a line that cannot be read may be anything
                return whole
        return whole
