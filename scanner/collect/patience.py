"""Around every request: wait for a token before it, ask again after what may pass, stop at the deadline.

botocore's own retries are off. They give up after a number of attempts, and in `standard` mode as soon as a
quota that all calls of a client share has run dry; a scan must not lose a call while it still has time.
"""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable
from typing import Any

from scanner.collect.failure import classify, passing, unready
from scanner.collect.rates import Bucket, Rates
from scanner.collect.turn import Deadline, turn

ATTEMPTS = 4
"""For what may pass by itself and is no throttling: broken connections, 5xx, replies that are not whole."""
PAUSE_SECONDS = 0.5
LONGEST_PAUSE = 20.0
ALONE_SECONDS = 300.0
"""For a request that is no task's: who we are, a role, the regions, who made something."""
LONGEST_WAIT = 1.0
"""For a token, before it is looked again how fast they come by now."""


class Patience:
    """How requests are spaced and repeated, for all clients of a session."""

    def __init__(self, rates: Rates, sleep: Callable[[float], Any] | None = None) -> None:
        self.rates = rates
        self.clock = rates.clock
        self._stopped = threading.Event()
        self._sleep = sleep or self._stopped.wait

    def stop(self) -> None:
        """Nothing more is asked, and nobody waits any longer."""
        self._stopped.set()

    def ask(self, service: str, region: str, send: Callable[[], Any]) -> Any:
        """The answer of a request, however often it takes; else what was raised last, or Deadline."""
        mine = turn()
        place = mine.account, region, service
        until = mine.until if mine.until < math.inf else self.clock() + ALONE_SECONDS
        tried = failed = 0
        while True:
            self._wait(self.rates.bucket(*place), until)
            sent = self.clock()
            try:
                return send()
            except Exception as error:
                tried += 1
                if classify(error).status == "throttled":
                    self.rates.bucket(*place).slow(sent)
                elif unready(error):
                    pass
                elif passing(error) and failed < ATTEMPTS - 1:
                    failed += 1
                else:
                    raise
                pause = min(LONGEST_PAUSE, PAUSE_SECONDS * 2 ** (tried - 1))
                # spread, so that what failed together is not asked again together
                pause *= random.uniform(0.5, 1)  # noqa: S311
                if self.clock() + pause >= until or self._stopped.is_set():
                    raise
                self._sleep(pause)

    def _wait(self, bucket: Bucket, until: float) -> None:
        if wait := self._left(until, bucket.take()):
            with bucket.waiting() as ahead:
                while wait:
                    self._sleep(min(wait, LONGEST_WAIT))
                    wait = self._left(until, bucket.take(ahead))

    def _left(self, until: float, wait: float) -> float:
        """The wait; Deadline where it is longer than the turn."""
        if self._stopped.is_set() or self.clock() + wait >= until:
            raise Deadline("not asked: the time for it was over")
        return wait


def patient(patience: Patience) -> Callable[..., None]:
    """A handler of botocore's `creating-client-class`: every request of such a client goes through `ask`."""

    class Patient:
        def _make_api_call(self, operation_name: str, api_params: Any) -> Any:
            mine: Any = self
            send = super()._make_api_call  # type: ignore[misc]
            service = mine.meta.service_model.service_name
            return patience.ask(
                service, mine.meta.region_name or "", lambda: send(operation_name, api_params)
            )

    def add(base_classes: list[type], **_: Any) -> None:
        base_classes.insert(0, Patient)

    return add
