"""`python -m scanner.collect.worker FD`: does a share of a scan's tasks for another process.

Over the socket FD comes the order (collect.processes), and goes what each task gave. Credentials are asked
for over it too, so that roles are taken, tokens renewed and people asked in one place. When the other side
is gone, this one ends.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import sys
import threading
import time
from multiprocessing.connection import Connection
from typing import Any

import msgspec
from botocore.credentials import Credentials

from scanner.catalog import load
from scanner.collect.engine import Engine
from scanner.collect.failure import Blocked, Failure
from scanner.collect.ledger import Entry
from scanner.collect.patience import Patience
from scanner.collect.plan import Task
from scanner.collect.processes import Asks, Gave, Order
from scanner.collect.rates import Rates
from scanner.collect.rows import Row
from scanner.collect.run import Run
from scanner.collect.session import Account, Session
from scanner.garbage import seldom

KEPT_SECONDS = 60.0
"""How long credentials are used before they are asked for anew; whose they are renews them long before."""


class Home:
    """The process that we work for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._answers: queue.Queue[Any] = queue.Queue()
        self._sending, self._asking = threading.Lock(), threading.Lock()
        self.order: Order = pickle.loads(connection.recv_bytes())  # noqa: S301 -- of our parent
        threading.Thread(target=self._listen, name="home", daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                self._answers.put(pickle.loads(self._connection.recv_bytes()))  # noqa: S301
        os._exit(1)  # nobody is there who would want what we find

    def send(self, message: msgspec.Struct) -> None:
        """Tell something."""
        data = msgspec.json.encode(message)
        with self._sending:
            self._connection.send_bytes(data)

    def credentials(self, account: str) -> Any:
        """The frozen credentials of an account, None where there are none; raises why there are none."""
        with self._asking:
            self.send(Asks(account))
            answer = self._answers.get()
        if isinstance(answer, Failure):
            raise Blocked(answer)
        return answer


class Lent(Credentials):  # type: ignore[misc]
    """An account's credentials, as they are at home."""

    def __init__(self, home: Home, account: str) -> None:
        super().__init__("", "", method="lent")
        self._home = home
        self._account = account
        self._lock = threading.Lock()
        self._known: Any = None
        self._until = 0.0

    def get_frozen_credentials(self) -> Any:
        """What to sign with."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._known = self._home.credentials(self._account)
                self._until = time.monotonic() + KEPT_SECONDS
            return self._known


def main() -> None:
    """Do what is ordered, and end."""
    home = Home(Connection(int(sys.argv[1])))
    order = home.order
    session = Session(
        workers=order.workers,
        call_seconds=order.call_seconds,
        patience=Patience(Rates(order.rates)),
        also=order.also,
        credentials=Lent(home, ""),
    )
    accounts = [
        Account(identity, regions, Lent(home, identity.account) if lent else None)
        for identity, regions, lent in order.accounts
    ]
    kinds = {names: tuple(load()[name] for name in names) for _, _, names in order.tasks}
    tasks = [Task(accounts[number], region, kinds[names]) for number, region, names in order.tasks]

    places = {id(task): place for place, task in enumerate(tasks)}

    def ended(task: Task, rows: list[Row], entries: list[Entry]) -> None:
        home.send(Gave(places[id(task)], rows, entries))

    engine = Engine(
        session,
        accounts,
        hide=order.hide,
        workers=order.workers,
        task_seconds=order.task_seconds,
    )
    with seldom():
        engine.work(Run(tasks, session.patience.clock() + order.seconds, ended))


if __name__ == "__main__":
    main()
