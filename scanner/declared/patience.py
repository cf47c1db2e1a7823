"""Waits for what may never come: work with a time limit, and work for several things at once.

Everything runs in daemon threads, so that a reader that hangs in a system call keeps neither the scan nor
an interrupted process from ending.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from queue import Empty, SimpleQueue
from typing import TypeVar

from scanner.errors import StateError

A = TypeVar("A")
B = TypeVar("B")


def within(source: str, seconds: float, work: Callable[[], A]) -> A:
    """What the work gives, or its error. Raises StateError of the kind `timeout` where it takes longer."""
    box: SimpleQueue[tuple[A] | BaseException] = SimpleQueue()
    _start(lambda: box.put(_outcome(work)))
    try:
        outcome = box.get(timeout=seconds)
    except Empty:
        outcome = StateError(
            f"{source}: not read within {seconds:.0f} s",
            hint="try again later, or pull it: `terraform state pull > pulled.tfstate`",
            kind="timeout",
        )
    return _given(outcome)


def in_order(work: Callable[[A], B], items: Sequence[A], at_once: int) -> Iterator[B]:
    """What the work gives for each item, in the order of the items; the first error ends it."""
    waiting: SimpleQueue[int] = SimpleQueue()
    boxes: list[SimpleQueue[tuple[B] | BaseException]] = [SimpleQueue() for _ in items]
    for number in range(len(items)):
        waiting.put(number)

    def run() -> None:
        while True:
            try:
                number = waiting.get_nowait()
            except Empty:
                return
            boxes[number].put(_outcome(partial(work, items[number])))

    for _ in range(min(at_once, len(items))):
        _start(run)
    try:
        for box in boxes:
            yield _given(box.get())
    finally:
        while not waiting.empty():
            _outcome(waiting.get_nowait)


def _start(run: Callable[[], None]) -> None:
    threading.Thread(target=run, name="states", daemon=True).start()


def _outcome(work: Callable[[], A]) -> tuple[A] | BaseException:
    try:
        return (work(),)
    except BaseException as error:
        return error


def _given(outcome: tuple[A] | BaseException) -> A:
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome[0]
