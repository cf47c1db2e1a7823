"""What was asked of AWS and what came back: a row a call, there before the call is made."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from sys import intern

from scanner.collect.failure import Failure, classify


def _now() -> str:
    return f"{datetime.now(UTC).isoformat(timespec='microseconds')[:-6]}Z"


@dataclass(slots=True)
class Entry:
    """One call (with all its pages) for one type, scope and, where it has one, parent."""

    account: str
    region: str
    service: str
    operation: str
    type: str
    parent: str = ""
    status: str = "asked"
    error_code: str = ""
    message: str = ""
    pages: int = 0
    items: int = 0
    complete: bool = False
    started: str = field(default_factory=_now)
    finished: str = ""

    @classmethod
    def of(cls, account: str, region: str, call: str, type_: str = "", parent: str = "") -> Entry:
        """A row for `service.operation`, not yet written down; all of a scan's share their words."""
        service, _, operation = call.partition(".")
        return cls(account, region, intern(service), intern(operation), type_, parent)

    @property
    def failure(self) -> Failure:
        """Why it did not come back whole."""
        return Failure(self.status, self.error_code, self.message)

    def end(self, failure: Failure | None = None) -> None:
        """Close the entry: whole, or with the reason why not."""
        self.finished = _now()
        if failure is None:
            self.status, self.complete = "ok", True
        else:
            self.status, self.error_code = failure.status, failure.code
            self.message = failure.message


def shared(entries: list[Entry]) -> list[Entry]:
    """Entries that came as text, with one copy of the words that many of them have."""
    for entry in entries:
        entry.account, entry.region = intern(entry.account), intern(entry.region)
        entry.service, entry.operation = intern(entry.service), intern(entry.operation)
        entry.type, entry.status = intern(entry.type), intern(entry.status)
    return entries


class Ledger:
    """All entries of a scan; safe to write from many threads."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def ask(self, entry: Entry) -> Entry:
        """Write down that something is about to be asked."""
        with self._lock:
            self._entries.append(entry)
        return entry

    def take(self, entries: Iterable[Entry]) -> None:
        """Take over the entries of another ledger."""
        with self._lock:
            self._entries += entries

    @contextmanager
    def asked(self, entry: Entry) -> Iterator[Entry]:
        """The entry around a call: closed whole at the end, or with the failure that was raised.

        The failure does not leave the block; look at `entry.complete`.
        """
        self.ask(entry)
        try:
            yield entry
        except Exception as error:  # a scan goes on; the ledger says why this call did not
            entry.end(classify(error))
        else:
            if entry.status == "asked":
                entry.end()

    def entries(self) -> list[Entry]:
        """The entries in a fixed order."""
        with self._lock:
            return sorted(
                self._entries,
                key=lambda e: (e.account, e.region, e.service, e.operation, e.type, e.parent),
            )
