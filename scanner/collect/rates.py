"""A bucket of tokens an account, region and service, so that AWS has no reason to throttle.

Ours because its rate must follow what AWS says while the scan runs: the libraries there are
(pyrate-limiter, limits, aiolimiter) fix it when a limiter is made.
"""

from __future__ import annotations

import math
import threading
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import msgspec

FILE = Path(__file__).with_name("rates.toml")
UNDOCUMENTED = "not documented"
KEPT = 1000
"""Buckets at the least, before those that nobody draws on are let go: a scan has one for each of sixty
services in every account and region."""
LEAST = 0.5
"""Requests a second that are tried however often AWS throttles."""
STEP_SECONDS = 5.0
"""How long it takes to win back a twentieth of the full rate."""


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is allowed: requests a second, and how many at once."""

    rate: float
    burst: float
    source: str = UNDOCUMENTED
    """Where AWS documents what it bears, or UNDOCUMENTED."""
    read: str = ""
    """The day that was read."""


@lru_cache(maxsize=1)
def load() -> Mapping[str, Rate]:
    """The rate of each service that has one of its own, and of `default`."""
    return msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8")), dict[str, Rate])


class Bucket:
    """Hands out moments at which a request may be sent."""

    # an account has one for each of sixty services and region
    __slots__ = (
        "_at", "_burst", "_clock", "_line", "_lock", "_most", "_rate", "_slowed", "_tokens",
    )  # fmt: skip

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._burst, self._clock = rate.rate, rate.burst, clock
        self._rate = rate.rate
        self._tokens = rate.burst
        self._line = 0
        self._at = clock()
        self._slowed = -math.inf
        self._lock = threading.Lock()

    def take(self, ahead: int = 0) -> float:
        """Take a token: 0; or take none, and say in how many seconds there may be one.

        `ahead` is how many others wait already. Nothing is promised to who waits, since the rate may have
        changed by then.
        """
        with self._lock:
            self._refill()
            if self._tokens >= 1:
                self._tokens -= 1
                return 0.0
            return max(0.001, (1 - self._tokens + ahead) / self._rate)

    @contextmanager
    def waiting(self) -> Iterator[int]:
        """Stand in line; how many stand there already."""
        with self._lock:
            ahead, self._line = self._line, self._line + 1
        try:
            yield ahead
        finally:
            with self._lock:
                self._line -= 1

    def slow(self, sent: float) -> None:
        """AWS throttled a request sent at that moment; those on the way together count once."""
        with self._lock:
            now = self._refill()
            if sent >= self._slowed:
                self._rate = max(LEAST, self._rate / 2)
                self._tokens = min(self._tokens, 0.0)
                self._slowed = now

    def untouched(self) -> bool:
        """Whether it is as one that is newly made."""
        with self._lock:
            self._refill()
            return self._tokens >= self._burst and self._rate >= self._most

    @property
    def rate(self) -> float:
        """Requests a second, as of now."""
        with self._lock:
            self._refill()
            return self._rate

    def _refill(self) -> float:
        now = self._clock()
        passed = now - self._at
        self._tokens = min(self._burst, self._tokens + passed * self._rate)
        self._rate = min(self._most, self._rate + self._most / 20 * passed / STEP_SECONDS)
        self._at = now
        return now


class Rates:
    """The buckets of a scan, made when first drawn on."""

    def __init__(
        self,
        table: Mapping[str, Rate] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.table = load() if table is None else table
        self.clock = clock
        self._buckets: dict[tuple[str, str, str], Bucket] = {}
        self._most = KEPT
        self._lock = threading.Lock()

    def of(self, service: str) -> Rate:
        """What is allowed for a service."""
        return self.table.get(service) or self.table["default"]

    def bucket(self, account: str, region: str, service: str) -> Bucket:
        """The bucket of a service in an account and region; to be asked for anew with every request."""
        key = (account, region, service)
        with self._lock:
            bucket = self._buckets.get(key)
            if bucket is None:
                if len(self._buckets) >= self._most:
                    kept = {k: b for k, b in self._buckets.items() if not b.untouched()}
                    self._buckets = kept
                    self._most = max(KEPT, 2 * len(kept))
                bucket = self._buckets[key] = Bucket(self.of(service), self.clock)
            return bucket
