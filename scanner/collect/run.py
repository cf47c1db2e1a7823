"""A run over tasks: which are left, which are underway, and where those go that have ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from scanner.collect.ledger import Entry
from scanner.collect.plan import Task
from scanner.collect.rows import Row

Progress = Callable[[str, int, int], None]


class Run:
    """What all who work on a run share: the tasks that are left, and where those go that have ended."""

    def __init__(
        self,
        tasks: Sequence[Task],
        until: float,
        ended: Callable[[Task, list[Row], list[Entry]], None],
        progress: Progress | None = None,
        done: int = 0,
    ) -> None:
        """`done` are the tasks that were taken up from a scan that broke off."""
        self.until = until
        self._tasks = tasks  # of which there may be a million: nothing is kept for each
        self._left = iter(tasks)
        self._oldest = 0
        self._over: set[str] = set()
        self._all = len(tasks) + done
        self._done = done
        self._ended = ended
        self._progress = progress
        self._lock = threading.Lock()

    def next(self) -> Task | None:
        """The task to begin now; None when there is none."""
        with self._lock:
            return next(self._left, None)

    def end(self, task: Task, rows: list[Row], entries: list[Entry]) -> None:
        """Take what a task gave."""
        with self._lock:
            self._ended(task, rows, entries)
            self._done += 1
            self._over.add(task.key)
            while self._oldest < len(self._tasks):
                key = self._tasks[self._oldest].key
                if key not in self._over:
                    break
                self._over.discard(key)
                self._oldest += 1
        self.tell()

    def tell(self) -> None:
        """Say how far it is, and what has been underway for longest: tasks are begun in their order."""
        if self._progress:
            with self._lock:
                oldest = self._tasks[self._oldest : self._oldest + 1]
                self._progress(oldest[0].types[0].type if oldest else "", self._done, self._all)
