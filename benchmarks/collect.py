"""What collecting costs, beside plain boto3 with its default retries in the same run.

    python benchmarks/collect.py [--small] [SECTION ...]     sections: throttle small pages memory

Both ask the same canned server, which runs in a process of its own, answers after a latency and throttles
like AWS: a bucket of tokens, and `ThrottlingException` when it is empty. Ratios are what counts: the
machine, and what else it does (its load is printed), move both sides alike. Seconds of CPU are those of the
side that asks, all its processes together; what the server takes of the cores is not in them.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import resource
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

ACCOUNT = "123456789012"
REGION = "eu-west-1"
CORES = len(os.sched_getaffinity(0))
INSTANCES = 300
"""In one page of DescribeInstances: about 1 MB, as an account full of tags gives it."""


# --- the server ---


class Canned:
    """SQS in JSON, EC2 in XML; anything else holds nothing, in its own protocol.

    One loop over epoll and answers that are made once, so that what is measured is who asks. Every answer
    comes after the same latency, so they stand in line.
    """

    def __init__(self, queues: int, pages: int, latency: float, rate: float) -> None:
        self.queues, self.pages, self.latency, self.rate = queues, pages, latency, rate
        self.tokens, self.at = rate, time.monotonic()
        self.sent = self.throttled = 0
        self.waiting: deque[tuple[float, socket.socket, bytes]] = deque()
        self.peers: dict[int, socket.socket] = {}
        self.held: dict[int, bytes] = {}
        self.poll = select.epoll()

    def serve(self, listener: socket.socket) -> None:
        """For ever."""
        door = listener.fileno()
        self.poll.register(door, select.EPOLLIN)
        while True:
            due = self.waiting[0][0] - time.monotonic() if self.waiting else 1.0
            for number, _ in self.poll.poll(max(0.0, due)):
                if number == door:
                    peer, _ = listener.accept()
                    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self.peers[peer.fileno()] = peer
                    self.poll.register(peer.fileno(), select.EPOLLIN)
                else:
                    self.hear(number)
            now = time.monotonic()
            while self.waiting and self.waiting[0][0] <= now:
                _, peer, answer = self.waiting.popleft()
                with suppress(OSError):
                    peer.sendall(answer)

    def hear(self, number: int) -> None:
        """What came on a connection: an asked question, a part of one, or its end."""
        peer = self.peers[number]
        try:
            data = peer.recv(65536)
        except OSError:
            data = b""
        if not data:
            self.poll.unregister(number)
            self.held.pop(number, None)
            self.peers.pop(number).close()
            return
        data = self.held.pop(number, b"") + data
        while True:
            head, found, rest = data.partition(b"\r\n\r\n")
            length = _LENGTH.search(head)
            size = int(length[1]) if length else 0
            if not found or len(rest) < size:
                break
            answer = self.answer(head, rest[:size])
            self.waiting.append((time.monotonic() + self.latency, peer, answer))
            data = rest[size:]
        if data:
            self.held[number] = data

    def answer(self, head: bytes, body: bytes) -> bytes:
        self.sent += 1
        if self.rate:
            now = time.monotonic()
            self.tokens = min(self.rate, self.tokens + (now - self.at) * self.rate)
            self.at = now
            if self.tokens < 1:
                self.throttled += 1
                return THROTTLED
            self.tokens -= 1
        if b"AmazonSQS.GetQueueAttributes" in head:
            return ATTRIBUTES
        if b"AmazonSQS.ListQueueTags" in head:
            return NOTHING
        if b"AmazonSQS.ListQueues" in head:
            return _queues(self.queues)
        if self.pages and b"Action=DescribeInstances" in body:
            token = re.search(rb"NextToken=(\d+)", body)
            return _instances(int(token[1]) if token else 0, self.pages)
        if head.startswith(b"GET /counts"):
            told = [self.sent, self.throttled, time.process_time()]
            return _http(json.dumps(told).encode(), b"json")
        return _holding_nothing(head, body)


def _http(body: bytes, kind: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Type: application/%b\r\nContent-Length: %d\r\n\r\n%b" % (
        status, kind, len(body), body,
    )  # fmt: skip


THROTTLED = _http(
    b'{"__type": "com.amazonaws.sqs#ThrottlingException"}', b"json", b"400 Bad Request"
)
ATTRIBUTES = _http(
    json.dumps({"Attributes": {"QueueArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"}}).encode(), b"json"
)
NOTHING = _http(b"{}", b"json")
_LENGTH = re.compile(rb"content-length: *(\d+)", re.I)


@cache
def _queues(count: int) -> bytes:
    urls = [f"https://sqs.{REGION}.amazonaws.com/1/{n}" for n in range(count)]
    return _http(json.dumps({"QueueUrls": urls}).encode(), b"json")


def _holding_nothing(head: bytes, body: bytes) -> bytes:
    """The answer of an account that has none of it, in the protocol of the operation that is asked."""
    verb, path = head.split(b" ", 2)[:2]
    service = re.search(rb"Credential=[^/]+/[^/]+/[^/]+/([^/]+)/", head)
    target = re.search(rb"x-amz-target: *(\S+)", head, re.I) or re.search(rb"Action=(\w+)", body)
    signed = service[1].decode() if service else ""
    named = target[1].decode() if target else ""
    where = f"{verb.decode()} {path.decode()}"
    for name, place, answer in _operations().get(signed, ()):
        if name == named if named else place.fullmatch(where):
            return answer
    return NOTHING


@cache
def _operations() -> dict[str, list[tuple[str, re.Pattern[str], bytes]]]:
    """By signing name: target or action, verb and path, and empty answer of every list of the catalog."""
    import botocore.session
    from botocore import xform_name

    from scanner.catalog import load
    from tests.collect.cloud import serialized

    session = botocore.session.Session()
    found: dict[str, list[tuple[str, re.Pattern[str], bytes]]] = {}
    for call in sorted({kind.list for kind in load().values() if kind.list}):
        service, _, method = call.partition(".")
        model = session.get_service_model(service)
        named = next(n for n in model.operation_names if xform_name(n) == method)
        operation = model.operation_model(named)
        prefix = model.metadata.get("targetPrefix")
        path = re.sub(r"\\\{[^}]*\}", "[^/?]+", re.escape(operation.http["requestUri"]))
        if model.resolved_protocol == "smithy-rpc-v2-cbor":
            path = f"/service/{prefix}/operation/{named}"
        place = re.compile(rf"{operation.http['method']} {path}/?(\?.*)?")
        _, headers, body = serialized(operation, _nothing(operation.output_shape))
        kind = headers["Content-Type"].removeprefix("application/").encode()
        name = f"{prefix}.{named}" if model.resolved_protocol == "json" else named
        found.setdefault(model.signing_name, []).append((name, place, _http(body, kind)))
    return found


def _nothing(shape: Any, depth: int = 0) -> Any:
    if shape.type_name == "structure":
        kept = {n: s for n, s in shape.members.items() if s.type_name in ("structure", "list")}
        return {name: _nothing(inner, depth + 1) for name, inner in kept.items() if depth < 2}
    return []


@cache
def _instances(page: int, pages: int) -> bytes:
    tags = "".join(
        f"<item><key>tag-{n}</key><value>a value of middling length {n}</value></item>"
        for n in range(40)
    )
    items = "".join(
        f"<item><instanceId>i-{page * INSTANCES + n:017x}</instanceId><imageId>ami-1</imageId>"
        "<instanceState><code>16</code><name>running</name></instanceState>"
        "<instanceType>m5.large</instanceType><launchTime>2026-01-02T03:04:05.000Z</launchTime>"
        "<placement><availabilityZone>eu-west-1a</availabilityZone></placement>"
        "<blockDeviceMapping><item><deviceName>/dev/sda1</deviceName><ebs><volumeId>vol-1</volumeId>"
        "<attachTime>2026-01-02T03:04:05.000Z</attachTime></ebs></item></blockDeviceMapping>"
        "<networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId><attachment>"
        "<attachTime>2026-01-02T03:04:05.000Z</attachTime></attachment></item></networkInterfaceSet>"
        f"<tagSet>{tags}</tagSet></item>"
        for n in range(INSTANCES)
    )
    more = f"<nextToken>{page + 1}</nextToken>" if page + 1 < pages else ""
    body = (
        '<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><reservationSet>'
        f"<item><reservationId>r-1</reservationId><ownerId>{ACCOUNT}</ownerId>"
        f"<instancesSet>{items}</instancesSet></item></reservationSet>{more}"
        "</DescribeInstancesResponse>"
    )
    return _http(body.encode(), b"xml")


def _serve(queues: int, pages: int, latency: float, rate: float, port: Any) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        port.put(listener.getsockname()[1])
        Canned(queues, pages, latency, rate).serve(listener)


@dataclass(frozen=True)
class Counts:
    """What a server has done."""

    sent: int
    throttled: int
    cpu: float


@contextmanager
def server(
    *, queues: int = 0, pages: int = 0, latency: float = 0.0, rate: float = 0.0
) -> Iterator[Callable[[], Counts]]:
    """A server as this process's AWS; what is given tells what it has done."""
    context = multiprocessing.get_context("spawn")
    port = context.Queue()
    process = context.Process(target=_serve, args=(queues, pages, latency, rate, port), daemon=True)
    process.start()
    url = f"http://127.0.0.1:{port.get()}"
    os.environ |= {
        "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION, "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip

    def counts() -> Counts:
        from urllib.request import urlopen

        with urlopen(f"{url}/counts") as answer:
            sent, throttled, cpu = json.load(answer)
        return Counts(sent - 1, throttled, cpu)

    try:
        yield counts
    finally:
        process.terminate()
        process.join()


# --- the two sides ---


def ours(
    names: set[str],
    accounts: int = 1,
    workers: int = 64,
    rate: float | None = None,
    processes: int = 1,
) -> Any:
    """A collection of some types by the engine. `rate`: what it allows itself; None for its table."""
    from scanner.catalog import load
    from scanner.collect import plan
    from scanner.collect.engine import Engine
    from scanner.collect.patience import Patience
    from scanner.collect.rates import Rate, Rates
    from scanner.collect.session import Account, Identity, Session
    from scanner.garbage import seldom

    if processes > 1:
        plan.TASKS_A_PROCESS = 1  # they are few here, and large
    table = None if rate is None else {"default": Rate(rate, rate)}
    session = Session(workers=workers, patience=Patience(Rates(table)))
    who = [
        Account(Identity(f"{int(ACCOUNT) + n}", "aws", "arn:aws:iam::1:user/u"), (REGION,))
        for n in range(accounts)
    ]
    types = {name: kind for name, kind in load().items() if name in names}
    with seldom():  # as in a scan
        return Engine(session, who, hide=str, workers=workers, processes=processes).run(types)


def plain_queues(accounts: int, workers: int) -> tuple[int, int]:
    """The same questions by boto3, from as many threads: calls that came back, and those lost."""
    import boto3
    from botocore.config import Config

    lost: list[Exception] = []
    config = Config(max_pool_connections=workers)
    clients = [boto3.session.Session().client("sqs", config=config) for _ in range(accounts)]

    def ask(call: Callable[..., Any], url: str) -> None:
        try:
            call(QueueUrl=url)
        except Exception as error:
            lost.append(error)

    asked = 0
    with ThreadPoolExecutor(workers) as pool:
        for client in clients:
            for url in client.list_queues()["QueueUrls"]:
                pool.submit(ask, client.get_queue_attributes, url)
                pool.submit(ask, client.list_queue_tags, url)
                asked += 2
    return asked + accounts - len(lost), len(lost)


def bare_queues(accounts: int, workers: int) -> int:
    """The same questions signed by botocore and sent by urllib3, and nothing made of the answers."""
    import urllib3
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import ReadOnlyCredentials

    url = os.environ["AWS_ENDPOINT_URL"]
    pool = urllib3.connection_from_url(url, maxsize=workers)
    keys = ReadOnlyCredentials("test", "test", None)

    def ask(operation: str, asked: dict[str, Any]) -> bytes:
        body = json.dumps(asked).encode()
        headers = {"X-Amz-Target": operation, "Content-Type": "application/x-amz-json-1.0"}
        request = AWSRequest("POST", f"{url}/", headers, body)
        SigV4Auth(keys, "sqs", REGION).add_auth(request)
        answer = pool.urlopen("POST", "/", body, dict(request.headers.items()))
        assert answer.status == 200
        return bytes(answer.data)

    asked = 0
    with ThreadPoolExecutor(workers) as threads:
        for _ in range(accounts):
            jobs = [
                threads.submit(ask, f"AmazonSQS.{operation}", {"QueueUrl": queue})
                for queue in json.loads(ask("AmazonSQS.ListQueues", {}))["QueueUrls"]
                for operation in ("GetQueueAttributes", "ListQueueTags")
            ]
            asked += sum(bool(job.result()) for job in jobs) + 1
    return asked


def plain_pages(accounts: int) -> int:
    """How many instances boto3 reads, one account after another: threads make it slower."""
    import boto3

    found = 0
    for _ in range(accounts):
        pages = boto3.session.Session().client("ec2").get_paginator("describe_instances").paginate()
        found += sum(len(r["Instances"]) for page in pages for r in page["Reservations"])
    return found


@dataclass(frozen=True)
class Measured:
    """What some work gave, in a process of its own, and what it cost."""

    found: Any
    seconds: float
    cpu: float
    peak: float
    """Megabytes, of its largest process."""

    def line(self, name: str, unit: str, floor: Measured | None = None) -> str:
        """In words, beside what it is compared with."""
        rate, cost = self.found / self.seconds, self.cpu / self.found * 1e6
        text = f"  {name:34} {rate:7.0f} {unit}/s  {cost:6.0f} us of CPU each"
        if floor is None:
            return text
        times = rate / (floor.found / floor.seconds)
        return f"{text}   x {times:.2f}, CPU x {floor.cpu / floor.found * 1e6 / cost:.2f} of boto3"


def apart(work: Callable[..., Any], *arguments: Any) -> Measured:
    """Do some work in a process of its own; what is imported is not measured."""
    context = multiprocessing.get_context("spawn")
    out = context.Queue()
    process = context.Process(target=_apart, args=(out, work, arguments))
    process.start()
    made: Measured = out.get()
    process.join()
    return made


def _apart(out: Any, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    import boto3  # noqa: F401

    import scanner.collect.engine  # noqa: F401
    from scanner.catalog import load

    load()
    before, began = _cpu(), time.monotonic()
    found = work(*arguments)
    seconds, cpu = time.monotonic() - began, _cpu() - before
    out.put(Measured(found, seconds, cpu, _peak()))


WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in WHO]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _peak() -> float:
    return max(resource.getrusage(who).ru_maxrss for who in WHO) / 1024


# --- what is measured ---


def throttle(small: bool) -> None:
    """Calls against a throttle."""
    queues = 30 if small else 200
    print(
        f"\nthrottle: {2 * queues + 1} calls, AWS allows 20 a second (and 20 at once), 32 threads"
    )
    for name, work, arguments in (
        ("plain boto3", _plain_lost, ()),
        ("ours, rate known", _ours_lost, (2 * queues + 1, None)),
        ("ours, rate 5 times too high", _ours_lost, (2 * queues + 1, 100.0)),
    ):
        with server(queues=queues, rate=20, latency=0.02) as counts:
            made = apart(work, *arguments)
            told = counts()
        print(
            f"  {name:34} {made.seconds:6.1f} s  {made.found:4} lost  {told.sent:5} sent  "
            f"{told.throttled:5} throttled"
        )


def _plain_lost() -> int:
    return plain_queues(1, 32)[1]


def _ours_lost(calls: int, rate: float | None) -> int:
    entries = ours({"aws_sqs_queue"}, workers=32, rate=rate).ledger.entries()
    assert len(entries) == calls
    return sum(not entry.complete for entry in entries)


def small(small: bool) -> None:
    """Many small calls, no throttling."""
    accounts, queues = (2, 20) if small else (8, 500)
    calls = accounts * (2 * queues + 1)
    print(
        f"\nsmall: {calls} calls in {accounts} accounts, 40 ms each, no throttling; our own limit is lifted"
    )
    floor = None
    for name, work, arguments in (
        ("plain boto3, 64 threads", _plain_small, (accounts, 64)),
        ("signed urllib3 alone, 64 threads", bare_queues, (accounts, 64)),
        ("ours, 64 threads", _ours_small, (accounts, 64, 1)),
        (f"ours, 64 threads x {CORES} processes", _ours_small, (accounts, 64, CORES)),
    ):
        with server(queues=queues, latency=0.04) as counts:
            made = apart(work, *arguments)
            theirs = counts().cpu / calls * 1e6
        assert made.found == calls, made
        print(f"{made.line(name, 'calls', floor)}; the server's {theirs:.0f} us")
        floor = floor or made


def _plain_small(accounts: int, threads: int) -> int:
    return plain_queues(accounts, threads)[0]


def _ours_small(accounts: int, threads: int, processes: int) -> int:
    made = ours({"aws_sqs_queue"}, accounts, threads, 1e6, processes)
    entries = made.ledger.entries()
    assert all(entry.complete for entry in entries)
    return len(entries)


def pages(small: bool) -> None:
    """Large pages, with the rows that come of them on our side."""
    accounts, many = (2, 1) if small else (8, 10)
    size = len(_instances(0, many)) / 1e6
    print(
        f"\npages: {accounts} accounts with {many} pages of {INSTANCES} instances, {size:.2f} MB each"
    )
    floor = None
    for name, work, arguments in (
        ("plain boto3, answers only", plain_pages, (accounts,)),
        ("ours, to rows", _ours_rows, (accounts, 1)),
        (f"ours, to rows, {CORES} processes", _ours_rows, (accounts, CORES)),
    ):
        with server(pages=many):
            made = apart(work, *arguments)
        assert made.found == accounts * many * INSTANCES, made
        print(made.line(name, "instances", floor))
        floor = floor or made


def _ours_rows(accounts: int, processes: int) -> int:
    return len(ours({"aws_instance"}, accounts, 8, None, processes).rows)


def memory(small: bool) -> None:
    """Peak memory of a scan of all types in accounts that hold nothing."""
    print("\nmemory: all types in empty accounts of one region")
    peaks = {}
    for accounts in (1, 3) if small else (1, 200):
        with server():
            made = apart(_all_types, accounts)
        peaks[accounts] = made.peak
        calls, held = made.found
        print(
            f"  {accounts:4} accounts  {made.peak:6.0f} MB at the most  {calls:6} calls  "
            f"{made.seconds:6.1f} s"
        )
    first, last = peaks
    an_account = 1000 * (peaks[last] - peaks[first]) / (last - first)
    print(
        f"  {last} accounts / 1 account: {peaks[last] / peaks[first]:.2f}; {an_account:.0f} KB an account, "
        f"of which {held / last / 1000:.0f} KB are rows of the ledger"
    )
    with server():
        one, ten = apart(_plain_clients, 1), apart(_plain_clients, 10)
    theirs = (ten.peak - one.peak) / 9
    print(
        f"  a boto3 session an account, 6 clients each: {theirs:.1f} MB an account, "
        f"x {1000 * theirs / max(1, an_account):.0f}"
    )


def _all_types(accounts: int) -> tuple[int, int]:
    """Calls, and bytes of what is written down of them."""
    from scanner.catalog import load

    entries = ours(set(load()), accounts, rate=1e6).ledger.entries()
    size = sys.getsizeof
    return len(entries), sum(size(e) + size(e.started) + size(e.finished) + 16 for e in entries)


def _plain_clients(accounts: int) -> int:
    import boto3

    sessions = [boto3.session.Session() for _ in range(accounts)]
    names = ("ec2", "s3", "iam", "rds", "lambda", "sqs")
    return len([s.client(name) for s in sessions for name in names])


SECTIONS = {work.__name__: work for work in (throttle, small, pages, memory)}


def main(arguments: list[str]) -> None:
    """Run the named sections, or all."""
    names = [name for name in arguments if name != "--small"]
    print(f"{CORES} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")
    for name in names or SECTIONS:
        SECTIONS[name]("--small" in arguments)
    print(f"\nload at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(sys.argv[1:])
