"""A fixed number of threads that take calls from lanes, each lane in turn.

A lane is what AWS throttles as one. A lane that is slow, or has very much to ask, holds no more threads
than its rate can use, and so does not keep the others waiting.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


class _Batch:
    """What somebody waits for together: woken once, and not for every call."""

    def __init__(self, size: int) -> None:
        self.results: list[Any] = [None] * size
        self.errors: dict[int, BaseException] = {}
        self.left = size
        self.over = threading.Event()


@dataclass
class _Lane:
    most: int
    busy: int = 0
    offered: bool = False
    waiting: deque[tuple[_Batch, int, Callable[[], Any]]] = field(default_factory=deque)


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

    def run(self, lane: Hashable, most: int, works: Sequence[Callable[[], T]]) -> list[T]:
        """What each of `works` gives, run on some threads, at most `most` of the lane at once.

        Raises what the first of them raised, when all have ended.
        """
        if not works:
            return []
        batch = _Batch(len(works))
        with self._change:
            mine = self._lanes.setdefault(lane, _Lane(most))
            mine.waiting.extend((batch, place, work) for place, work in enumerate(works))
            self._offer(lane, mine)
        batch.over.wait()
        for place in sorted(batch.errors):
            raise batch.errors[place]
        return batch.results

    def _offer(self, key: Hashable, lane: _Lane) -> None:
        if lane.waiting and lane.busy < lane.most and not lane.offered:
            lane.offered = True
            self._ready.append((key, lane))
            self._change.notify()

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            key, lane, batch, place, work = taken
            try:
                batch.results[place] = work()
            except BaseException as error:
                batch.errors[place] = error
            with self._change:
                lane.busy -= 1
                batch.left -= 1
                over = not batch.left
                self._offer(key, lane)
                if not lane.busy and not lane.waiting:
                    self._lanes.pop(key, None)
            if over:
                batch.over.set()
            # nothing of it is held while there is nothing to do
            del taken, key, lane, batch, work

    def _take(self) -> tuple[Hashable, _Lane, _Batch, int, Callable[[], Any]] | None:
        """The next call; None at the end."""
        with self._change:
            while not self._ready:
                if self._closed:
                    return None
                self._change.wait()
            key, lane = self._ready.popleft()
            batch, place, work = lane.waiting.popleft()
            lane.offered = False
            lane.busy += 1
            self._offer(key, lane)
            return key, lane, batch, place, work
