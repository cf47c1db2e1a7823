"""A run asked by several processes, each with its share of the tasks: Python uses one core for each.

This one asks nothing. It lends the workers its credentials, takes what each task gave as soon as it has
ended, and knows at any time what it has not got: a worker that dies leaves a ledger row for every task of it.
"""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from scanner.collect.failure import Failure, classify
from scanner.collect.ledger import Entry, shared
from scanner.collect.plan import Task
from scanner.collect.rates import Rate
from scanner.collect.rows import Row
from scanner.collect.run import Run
from scanner.collect.session import Identity, Session
from scanner.collect.turn import Turn, taking
from scanner.seen import PROCESS_ENDED

TELL_SECONDS = 1.0
GRACE_SECONDS = 60.0
"""For what is on its way when the time of the run is over."""


@dataclass(frozen=True)
class Order:
    """What a worker is to do, and with what; pickled, and sent over a socket that two processes have."""

    hide: Callable[[str], str]
    workers: int
    task_seconds: float
    call_seconds: float
    also: frozenset[str]
    rates: Mapping[str, Rate]
    seconds: float = 0.0
    """How long all of it may take."""
    accounts: tuple[tuple[Identity, tuple[str, ...], bool], ...] = ()
    """Who, in which regions, and whether with credentials of its own."""
    tasks: tuple[tuple[int, str, tuple[str, ...]], ...] = ()
    """Number of the account, region, types."""

    @classmethod
    def of(
        cls, session: Session, hide: Callable[[str], str], workers: int, task_seconds: float
    ) -> Order:
        """The order of a session, without tasks yet."""
        rates = session.patience.rates.table
        return cls(hide, workers, task_seconds, session.call_seconds, session.also, rates)


class Gave(msgspec.Struct, tag="gave"):
    """From a worker: a task has ended."""

    task: int
    """Its place in the order."""
    rows: list[Row]
    entries: list[Entry]


class Asks(msgspec.Struct, tag="asks"):
    """From a worker: whose credentials it needs; `` for those of the session."""

    account: str


MESSAGE = msgspec.json.Decoder(Gave | Asks)


def ask(order: Order, shares: Sequence[Sequence[Task]], run: Run, session: Session) -> None:
    """Have each share worked on by a process, and give what comes to the run.

    Never raises for a process that ends before its work is done: its tasks then end with an error.
    """
    workers = [_Worker(order, share, run, session) for share in shares]
    try:
        while any(worker.thread.is_alive() for worker in workers):
            for worker in workers:
                worker.thread.join(TELL_SECONDS / len(workers))
            run.tell()
            if session.patience.clock() > run.until + GRACE_SECONDS:
                for worker in workers:
                    worker.end("did not come to an end in the time of the scan")
    except BaseException:
        for worker in workers:
            worker.abandon()
        raise
    for worker in workers:
        if worker.error:
            raise worker.error


class _Worker:
    """A process, and the thread here that attends to it."""

    def __init__(self, order: Order, tasks: Sequence[Task], run: Run, session: Session) -> None:
        self._tasks = tasks
        self._left = len(tasks)
        self._given = bytearray(len(tasks))
        self._run = run
        self._session = session
        self._accounts = {task.account.identity.account: task.account for task in tasks}
        self._because = ""
        self._abandoned = False
        self.error: BaseException | None = None
        mine, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "scanner.collect.worker", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
                process_group=0,  # an interrupt from the terminal is ours, and we end them
            )
        self._connection = Connection(mine.detach())
        self._order = replace(
            order,
            seconds=max(0.0, run.until - session.patience.clock()),
            accounts=tuple(
                (a.identity, a.regions, a.credentials is not None) for a in self._accounts.values()
            ),
            tasks=self._numbered(tasks),
        )
        self.thread = threading.Thread(target=self._attend, name="worker", daemon=True)
        self.thread.start()

    def _numbered(self, tasks: Sequence[Task]) -> tuple[tuple[int, str, tuple[str, ...]], ...]:
        number = {account: place for place, account in enumerate(self._accounts)}
        names: dict[tuple[str, ...], tuple[str, ...]] = {}
        found = []
        for task in tasks:
            types = tuple(kind.type for kind in task.types)
            types = names.setdefault(types, types)
            found.append((number[task.account.identity.account], task.region, types))
        return tuple(found)

    def abandon(self) -> None:
        """End the process; nobody wants to know what it has not done."""
        self._abandoned = True
        self.end("")

    def end(self, because: str) -> None:
        """End the process, if it still runs, and wait for what was attended to."""
        if self._process.poll() is None:
            self._because = self._because or because
            self._process.kill()
        self.thread.join()

    def _attend(self) -> None:
        try:
            self._connection.send_bytes(pickle.dumps(self._order))
            while self._left:
                self._take(MESSAGE.decode(self._connection.recv_bytes()))
        except (EOFError, OSError, msgspec.MsgspecError):
            pass  # it is gone, or not to be understood: what it has not given is lost
        except BaseException as error:
            self.error = error
        finally:
            self._connection.close()  # by which a worker that has nothing left to do ends
            if self._left:
                self._process.kill()
            code = self._process.wait()
        for place, given in enumerate(self._given):
            if not given and not self._abandoned and not self.error:
                lost = _lost(self._tasks[place], self._because or _words(code))
                self._end(place, [], [lost])

    def _take(self, message: Gave | Asks) -> None:
        if isinstance(message, Asks):
            self._connection.send_bytes(pickle.dumps(self._lent(message.account)))
        else:
            self._end(message.task, message.rows, shared(message.entries))

    def _end(self, place: int, rows: list[Row], entries: list[Entry]) -> None:
        self._given[place] = True
        self._left -= 1
        self._run.end(self._tasks[place], rows, entries)

    def _lent(self, account: str) -> Any:
        """botocore's frozen credentials, None where there are none, or why there are none."""
        try:
            own = self._accounts[account].credentials if account else self._session.credentials()
            with taking(Turn()):
                return own.get_frozen_credentials() if own is not None else None
        except Exception as error:  # it is the call's failure, and stands in its ledger row
            return classify(error)


def _words(code: int) -> str:
    if code < 0:
        return f"was ended by signal {-code} (out of memory?)"
    return f"ended by itself with exit code {code}"


def _lost(task: Task, because: str) -> Entry:
    kind = task.types[0]
    entry = Entry.of(task.account.identity.account, task.region, kind.list, kind.type)
    entry.end(Failure("error", PROCESS_ENDED, f"the process that asked {because}"))
    return entry
