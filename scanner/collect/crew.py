"""A fixed number of threads that take calls from lanes, each lane in turn.

A lane is what AWS throttles as one. A lane that is slow, or has very much to ask, holds no more threads
than its rate can use, and so does not keep the others waiting.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass
class _Lane:
    most: int
    busy: int = 0
    offered: bool = False
    waiting: deque[tuple[Future[Any], Callable[[], Any]]] = field(default_factory=deque)


class Crew:
    """Runs what is submitted; a context manager, which at its end waits for what is running."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lanes: dict[Hashable, _Lane] = {}
        self._ready: deque[tuple[Hashable, _Lane]] = deque()
        self._change = threading.Condition()
        self._closed = False
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Crew:
        for number in range(self._size):
            thread = threading.Thread(target=self._work, name=f"call-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        with self._change:
            self._closed = True
            self._change.notify_all()
        for thread in self._threads:
            thread.join()

    def submit(self, lane: Hashable, most: int, work: Callable[[], T]) -> Future[T]:
        """Run `work` on some thread, at most `most` of its lane at once."""
        future: Future[T] = Future()
        with self._change:
            mine = self._lanes.setdefault(lane, _Lane(most))
            mine.waiting.append((future, work))
            self._offer(lane, mine)
        return future

    def _offer(self, key: Hashable, lane: _Lane) -> None:
        if lane.waiting and lane.busy < lane.most and not lane.offered:
            lane.offered = True
            self._ready.append((key, lane))
            self._change.notify()

    def _work(self) -> None:
        while True:
            with self._change:
                while not self._ready:
                    if self._closed:
                        return
                    self._change.wait()
                key, lane = self._ready.popleft()
                future, work = lane.waiting.popleft()
                lane.offered = False
                lane.busy += 1
                self._offer(key, lane)
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)
            with self._change:
                lane.busy -= 1
                self._offer(key, lane)
                if not lane.busy and not lane.waiting:
                    self._lanes.pop(key, None)
