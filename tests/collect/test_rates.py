"""The limits a scan keeps to: never faster than the table, slower when AWS says so, and nothing lost."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from scanner.catalog import load as catalog
from scanner.collect.patience import LONGEST_PAUSE, Patience
from scanner.collect.rates import KEPT, LEAST, UNDOCUMENTED, Bucket, Rate, Rates, load
from scanner.collect.turn import Deadline, Turn, taking

from .cloud import Clock


@given(
    rate=st.floats(0.5, 200),
    burst=st.floats(1, 100),
    steps=st.lists(st.one_of(st.floats(0, 3), st.just("slow")), max_size=80),
)
def test_no_more_is_sent_than_burst_and_rate_allow(
    rate: float, burst: float, steps: list[float | str]
) -> None:
    clock = Clock()
    bucket, taken = Bucket(Rate(rate, burst), clock), 0
    for step in steps:
        if isinstance(step, float):
            clock.sleep(step)
        else:
            bucket.slow(clock())
        assert min(LEAST, rate) <= bucket.rate <= rate
        while bucket.take() == 0:
            taken += 1
        assert taken <= burst + clock() * rate + 1e-6


def test_those_on_the_way_together_slow_down_once() -> None:
    clock = Clock()
    bucket = Bucket(Rate(100, 100), clock)
    clock.sleep(1)
    sent = clock()
    clock.sleep(0.1)
    for _ in range(32):
        bucket.slow(sent)
    assert bucket.rate == pytest.approx(50)
    clock.sleep(0.1)
    bucket.slow(clock())
    assert bucket.rate == pytest.approx(25.25, rel=0.05)


def test_the_rate_grows_back_to_what_it_was_and_no_further() -> None:
    clock = Clock()
    bucket = Bucket(Rate(20, 20), clock)
    for _ in range(50):
        clock.sleep(0.01)
        bucket.slow(clock())
    assert bucket.rate == pytest.approx(LEAST, rel=0.1)
    clock.sleep(1000)
    assert bucket.rate == 20


class Throttling:
    """AWS with a bucket of its own."""

    def __init__(self, clock: Clock, rate: float, burst: float) -> None:
        self.clock, self.bucket = clock, Bucket(Rate(rate, burst), clock)
        self.sent = self.throttled = 0
        self.lock = threading.Lock()

    def __call__(self) -> str:
        with self.lock:
            self.sent += 1
            if self.bucket.take() == 0:
                return "ok"
            self.throttled += 1
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "X")


@pytest.mark.parametrize(("own", "within"), [(18.0, 30), (20.0, 30), (100.0, 90)])
def test_of_400_calls_none_is_lost_where_20_a_second_are_allowed(own: float, within: float) -> None:
    random.seed(1)
    clock = Clock()
    aws = Throttling(clock, 20, 20)
    patience = Patience(Rates({"default": Rate(own, own)}, clock), clock.sleep)

    def ask(_: int) -> Any:
        with taking(Turn("1" * 12, until=1800)):
            return patience.ask("sqs", "eu-west-1", aws)

    # one thread, since time here is no thread's own
    assert [ask(n) for n in range(400)] == ["ok"] * 400
    assert clock() < within
    if own <= 20:
        assert aws.throttled <= 2


def test_what_is_throttled_for_ever_ends_with_the_turn_and_says_so() -> None:
    clock = Clock()
    patience = Patience(Rates(clock=clock), clock.sleep)

    def throttled() -> None:
        raise ClientError({"Error": {"Code": "SlowDown"}}, "X")

    with taking(Turn(until=600)), pytest.raises(ClientError):
        patience.ask("s3", "eu-west-1", throttled)
    assert 600 - LONGEST_PAUSE <= clock() <= 600
    assert max(clock.naps) <= LONGEST_PAUSE


@pytest.mark.parametrize("stop", [True, False])
def test_nothing_is_asked_when_the_time_is_over(stop: bool) -> None:
    clock = Clock()
    patience = Patience(Rates(clock=clock), clock.sleep)
    asked: list[int] = []
    if stop:
        patience.stop()
    with taking(Turn(until=1 if stop else 0)), pytest.raises(Deadline):
        patience.ask("s3", "eu-west-1", lambda: asked.append(1))
    assert asked == []


def test_who_waits_is_let_go_when_the_scan_is_stopped() -> None:
    patience = Patience(Rates({"default": Rate(0.01, 1)}))
    began = threading.Event()

    def ask() -> str:
        began.set()
        patience.ask("s3", "eu-west-1", lambda: "ok")
        return str(patience.ask("s3", "eu-west-1", lambda: "ok"))

    with ThreadPoolExecutor() as pool:
        future = pool.submit(ask)
        began.wait()
        patience.stop()
        with pytest.raises(Deadline):
            future.result(timeout=5)


def test_one_that_is_throttled_does_not_slow_down_another() -> None:
    rates = Rates(clock=Clock())
    slow = rates.bucket("1", "eu-west-1", "iam")
    slow.slow(0)
    for other in (("2", "eu-west-1", "iam"), ("1", "us-east-1", "iam"), ("1", "eu-west-1", "s3")):
        assert rates.bucket(*other).rate == rates.of(other[2]).rate
    assert slow.rate < rates.of("iam").rate
    assert rates.bucket("1", "eu-west-1", "iam") is slow


def test_what_nobody_draws_on_any_longer_is_let_go_and_what_was_slowed_is_not() -> None:
    clock = Clock()
    rates = Rates({"default": Rate(10, 10)}, clock)
    rates.bucket("slow", "eu-west-1", "iam").slow(clock())
    drawn = rates.bucket("drawn", "eu-west-1", "iam")
    for account in range(5 * KEPT):
        clock.sleep(0.001)
        drawn.take()
        assert rates.bucket(str(account), "eu-west-1", "iam").take() == 0
        assert len(rates._buckets) <= KEPT
    assert rates.bucket("drawn", "eu-west-1", "iam") is drawn
    assert drawn.take() > 0
    assert rates.bucket("slow", "eu-west-1", "iam").rate < 10


def test_the_table_is_sane_and_names_services_by_botos_names() -> None:
    import botocore.session

    known = set(botocore.session.Session().get_available_services())
    assert set(load()) - {"default"} <= known
    for service, rate in load().items():
        assert rate.burst >= 1, service
        assert LEAST <= rate.rate <= 100
        documented = rate.source.startswith("https://docs.aws.amazon.com/")
        assert documented or rate.source == UNDOCUMENTED, service
        assert bool(rate.read) == documented, f"{service}: the day on which its source was read"
        assert not rate.read or date.fromisoformat(rate.read)
    assert {kind.client for kind in catalog().values() if kind.list}
    call: Callable[[], Rate] = lambda: Rates().of("no-such-service")  # noqa: E731
    assert call() == load()["default"]
