"""What collecting costs, beside plain boto3 with its default retries in the same run.

    python benchmarks/collect.py [SECTION ...]     sections: throttle small pages memory calls

Both ask the same canned server, which runs in a process of its own, answers after a latency and throttles
like AWS: a bucket of tokens, and `ThrottlingException` when it is empty. Ratios are what counts: the
machine, and what else it does (its load is printed), move both sides alike.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import re
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any

ACCOUNT = "123456789012"
REGION = "eu-west-1"
INSTANCES = 300
"""In one page of DescribeInstances: about 1 MB, as an account full of tags gives it."""


# --- the server ---


class Canned(asyncio.Protocol):
    """One connection. SQS in JSON, EC2 in XML; anything else holds nothing, in its own protocol."""

    def __init__(self, queues: int, pages: int, latency: float, rate: float) -> None:
        self.queues, self.pages, self.latency, self.rate = queues, pages, latency, rate
        self.held = b""
        self.transport: Any = None

    tokens, at, sent, throttled = 0.0, 0.0, 0, 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.held += data
        while True:
            head, found, rest = self.held.partition(b"\r\n\r\n")
            length = re.search(rb"content-length: *(\d+)", head, re.I)
            size = int(length[1]) if length else 0
            if not found or len(rest) < size:
                return
            body, self.held = rest[:size], rest[size:]
            answer = self.answer(head, body)
            asyncio.get_event_loop().call_later(self.latency, self.reply, answer)

    def reply(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)

    def answer(self, head: bytes, body: bytes) -> bytes:
        Canned.sent += 1
        if self.rate:
            now = time.monotonic()
            Canned.tokens = min(self.rate, Canned.tokens + (now - Canned.at) * self.rate)
            Canned.at = now
            if Canned.tokens < 1:
                Canned.throttled += 1
                return _http(
                    b'{"__type": "com.amazonaws.sqs#ThrottlingException"}', b"json", b"400 Bad"
                )
            Canned.tokens -= 1
        if self.pages and b"Action=DescribeInstances" in body:
            token = re.search(rb"NextToken=(\d+)", body)
            return _http(_instances(int(token[1]) if token else 0, self.pages), b"xml")
        if head.startswith(b"GET /counts"):
            return _http(json.dumps([Canned.sent, Canned.throttled]).encode(), b"json")
        if b"AmazonSQS.ListQueues" in head:
            urls = [f"https://sqs.{REGION}.amazonaws.com/1/{n}" for n in range(self.queues)]
            return _http(json.dumps({"QueueUrls": urls}).encode(), b"json")
        if b"AmazonSQS.GetQueueAttributes" in head:
            arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{json.loads(body)['QueueUrl'].rsplit('/')[-1]}"
            return _http(json.dumps({"Attributes": {"QueueArn": arn}}).encode(), b"json")
        return _holding_nothing(head, body)


def _http(body: bytes, kind: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Type: application/%b\r\nContent-Length: %d\r\n\r\n%b" % (
        status, kind, len(body), body,
    )  # fmt: skip


def _holding_nothing(head: bytes, body: bytes) -> bytes:
    """The answer of an account that has none of it, in the protocol of the operation that is asked."""
    verb, path = head.split(b" ", 2)[:2]
    service = re.search(rb"Credential=[^/]+/[^/]+/[^/]+/([^/]+)/", head)
    target = re.search(rb"x-amz-target: *(\S+)", head, re.I) or re.search(rb"Action=(\w+)", body)
    signed = service[1].decode() if service else ""
    named = target[1].decode() if target else ""
    where = f"{verb.decode()} {path.decode()}"
    for signing, name, place, answer in _operations():
        if signing == signed and (name == named if named else place.fullmatch(where)):
            return answer
    return _http(b"{}", b"json")


@cache
def _operations() -> list[tuple[str, str, re.Pattern[str], bytes]]:
    """Signing name, target or action, verb and path, and empty answer of every list of the catalog."""
    import botocore.session
    from botocore import xform_name

    from scanner.catalog import load
    from tests.collect.cloud import serialized

    session, found = botocore.session.Session(), []
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
        found.append((model.signing_name, name, place, _http(body, kind)))
    return found


def _nothing(shape: Any, depth: int = 0) -> Any:
    if shape.type_name == "structure":
        kept = {n: s for n, s in shape.members.items() if s.type_name in ("structure", "list")}
        return {name: _nothing(inner, depth + 1) for name, inner in kept.items() if depth < 2}
    return []


_pages: dict[tuple[int, int], bytes] = {}


def _instances(page: int, pages: int) -> bytes:
    if (page, pages) not in _pages:
        tags = "".join(
            f"<item><key>tag-{n}</key><value>a value of middling length {n}</value></item>"
            for n in range(22)
        )
        items = "".join(
            f"<item><instanceId>i-{page * INSTANCES + n:017x}</instanceId><imageId>ami-1</imageId>"
            "<instanceState><code>16</code><name>running</name></instanceState>"
            f"<instanceType>m5.large</instanceType><launchTime>2026-01-02T03:04:05.000Z</launchTime>"
            "<placement><availabilityZone>eu-west-1a</availabilityZone></placement>"
            "<blockDeviceMapping><item><deviceName>/dev/sda1</deviceName><ebs><volumeId>vol-1</volumeId>"
            "<attachTime>2026-01-02T03:04:05.000Z</attachTime></ebs></item></blockDeviceMapping>"
            "<networkInterfaceSet><item><networkInterfaceId>eni-1</networkInterfaceId><attachment>"
            "<attachTime>2026-01-02T03:04:05.000Z</attachTime></attachment></item></networkInterfaceSet>"
            f"<tagSet>{tags}</tagSet></item>"
            for n in range(INSTANCES)
        )
        more = f"<nextToken>{page + 1}</nextToken>" if page + 1 < pages else ""
        _pages[page, pages] = (
            f"<DescribeInstancesResponse><reservationSet><item><reservationId>r-1</reservationId>"
            f"<ownerId>{ACCOUNT}</ownerId><instancesSet>{items}</instancesSet></item></reservationSet>"
            f"{more}</DescribeInstancesResponse>"
        ).encode()
    return _pages[page, pages]


def _serve(queues: int, pages: int, latency: float, rate: float, port: Any) -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        Canned.tokens, Canned.at = rate, time.monotonic()
        server = await loop.create_server(
            lambda: Canned(queues, pages, latency, rate), "127.0.0.1", 0
        )
        port.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


@contextmanager
def server(
    *, queues: int = 0, pages: int = 0, latency: float = 0.0, rate: float = 0.0
) -> Iterator[Callable[[], tuple[int, int]]]:
    """A server as this process's AWS; what is given tells requests sent and throttled."""
    port = multiprocessing.Queue()
    process = multiprocessing.Process(
        target=_serve, args=(queues, pages, latency, rate, port), daemon=True
    )
    process.start()
    url = f"http://127.0.0.1:{port.get()}"
    os.environ |= {
        "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION, "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip

    def counts() -> tuple[int, int]:
        from urllib.request import urlopen

        with urlopen(f"{url}/counts") as answer:
            sent, throttled = json.load(answer)
        return sent - 1, throttled

    try:
        yield counts
    finally:
        process.terminate()
        process.join()


# --- the two sides ---


def ours(names: set[str], accounts: int = 1, workers: int = 64, rate: float | None = None) -> Any:
    """A collection of some types by the engine. `rate`: what it allows itself; None for its table."""
    from scanner.catalog import load
    from scanner.collect.engine import Engine
    from scanner.collect.patience import Patience
    from scanner.collect.rates import Rate, Rates
    from scanner.collect.session import Account, Identity, Session

    table = None if rate is None else {"default": Rate(rate, rate)}
    session = Session(workers=workers, patience=Patience(Rates(table)))
    who = [
        Account(Identity(f"{int(ACCOUNT) + n}", "aws", "arn:aws:iam::1:user/u"), (REGION,))
        for n in range(accounts)
    ]
    types = {name: kind for name, kind in load().items() if name in names}
    return Engine(session, who, hide=str, workers=workers).run(types)


def plain_queues(workers: int) -> tuple[int, int]:
    """The same questions by boto3, from as many threads: calls that came back, and those lost."""
    import boto3
    from botocore.config import Config

    client = boto3.session.Session().client("sqs", config=Config(max_pool_connections=workers))
    lost: list[Exception] = []

    def ask(call: Callable[..., Any], url: str) -> None:
        try:
            call(QueueUrl=url)
        except Exception as error:
            lost.append(error)

    urls = client.list_queues()["QueueUrls"]
    with ThreadPoolExecutor(workers) as pool:
        for url in urls:
            pool.submit(ask, client.get_queue_attributes, url)
            pool.submit(ask, client.list_queue_tags, url)
    return 2 * len(urls) + 1 - len(lost), len(lost)


def plain_pages() -> int:
    """How many instances boto3 reads."""
    import boto3

    pages = boto3.session.Session().client("ec2").get_paginator("describe_instances").paginate()
    return sum(len(r["Instances"]) for page in pages for r in page["Reservations"])


def apart(work: Callable[..., Any], *arguments: Any, processes: int = 1) -> tuple[float, list[Any]]:
    """Seconds, and what each gave, of the same work in processes of their own that start together."""
    gate, out = multiprocessing.Barrier(processes + 1), multiprocessing.Queue()
    made = [
        multiprocessing.Process(target=_apart, args=(gate, out, work, arguments))
        for _ in range(processes)
    ]
    for process in made:
        process.start()
    gate.wait()
    began = time.monotonic()
    found = [out.get() for _ in made]
    seconds = time.monotonic() - began
    for process in made:
        process.join()
    return seconds, found


def _apart(gate: Any, out: Any, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    import boto3  # noqa: F401 -- what is imported is not measured

    import scanner.collect.engine  # noqa: F401

    gate.wait()
    out.put(work(*arguments))


# --- what is measured ---


def throttle() -> None:
    """400 calls against 20 a second."""
    print("\nthrottle: 400 calls, AWS allows 20 a second (and 20 at once), 32 threads")
    for name, work in (
        ("plain boto3", _plain_lost),
        ("ours, rate known", _ours_lost),
        ("ours, rate 5 times too high", _ours_lost_high),
    ):
        with server(queues=200, rate=20, latency=0.02) as counts:
            seconds, [lost] = apart(work)
            sent, throttled = counts()
        print(
            f"  {name:28} {seconds:6.1f} s  {lost:4} lost  {sent:5} sent  {throttled:5} throttled"
        )


def _plain_lost() -> int:
    return plain_queues(32)[1]


def _ours_lost(rate: float | None = None) -> int:
    entries = ours({"aws_sqs_queue"}, workers=32, rate=rate).ledger.entries()
    assert len(entries) == 401
    return sum(not entry.complete for entry in entries)


def _ours_lost_high() -> int:
    return _ours_lost(100.0)


def small() -> None:
    """Many small calls, one account, no throttling."""
    print("\nsmall: 4,001 calls after 40 ms each, no throttling; the engine's own limit is lifted")
    for threads in (32, 64, 128):
        for name, work in (("plain boto3", _plain_small), ("ours", _ours_small)):
            for processes in (1, 2):
                with server(queues=2000, latency=0.04):
                    seconds, found = apart(work, threads, processes=processes)
                print(
                    f"  {name:12} {threads:4} threads x {processes}  {sum(found) / seconds:7.0f} calls/s"
                )


def _plain_small(threads: int) -> int:
    return plain_queues(threads)[0]


def _ours_small(threads: int) -> int:
    entries = ours({"aws_sqs_queue"}, workers=threads, rate=1e6).ledger.entries()
    assert all(entry.complete for entry in entries)
    return len(entries)


def pages() -> None:
    """Large pages, with the rows that come of them on our side."""
    many = 20
    print(
        f"\npages: {many} pages of {INSTANCES} instances, {len(_instances(0, many)) / 1e6:.2f} MB each"
    )
    for name, work in (
        ("plain boto3, answers only", plain_pages),
        ("ours, answers only", _ours_answers),
        ("ours, to rows", _ours_rows),
    ):
        with server(pages=many):
            seconds, [found] = apart(work)
        assert found == many * INSTANCES, found
        print(f"  {name:28} {found / seconds:7.0f} instances/s")


def _ours_answers() -> int:
    from scanner.catalog import load
    from scanner.collect.pages import pages as read
    from scanner.collect.session import Session

    kind = load()["aws_instance"]
    return sum(len(page) for page in read(Session().client("ec2", REGION), kind, kind.params))


def _ours_rows() -> int:
    return len(ours({"aws_instance"}).rows)


def memory() -> None:
    """Peak memory of a scan of all types in 1 and in 200 accounts that hold nothing."""
    print("\nmemory: all types in empty accounts of one region")
    peaks = {}
    for accounts in (1, 200):
        with server():
            seconds, [(peak, calls)] = apart(_peak, accounts)
        peaks[accounts] = peak
        print(
            f"  {accounts:4} accounts  {peak:6.0f} MB at the most  {calls:6} calls  {seconds:6.1f} s"
        )
    print(f"  200 accounts / 1 account: {peaks[200] / peaks[1]:.2f}")
    with server():
        _, [(one, _)] = apart(_plain_peak, 1)
        _, [(ten, _)] = apart(_plain_peak, 10)
    print(f"  a boto3 session an account, 6 clients each: {(ten - one) / 9:.1f} MB an account")


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _peak(accounts: int) -> tuple[float, int]:
    from scanner.catalog import load

    made = ours(set(load()), accounts, rate=1e6)
    return _megabytes(), len(made.ledger.entries())


def _plain_peak(accounts: int) -> tuple[float, int]:
    import boto3

    sessions = [boto3.session.Session() for _ in range(accounts)]
    clients = [
        s.client(name) for s in sessions for name in ("ec2", "s3", "iam", "rds", "lambda", "sqs")
    ]
    return _megabytes(), len(clients)


SECTIONS = {work.__name__: work for work in (throttle, small, pages, memory)}


def main(names: list[str]) -> None:
    """Run the named sections, or all."""
    multiprocessing.set_start_method("spawn")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")
    for name in names or SECTIONS:
        SECTIONS[name]()
    print(f"\nload at the end {os.getloadavg()[0]:.1f}; threads left {threading.active_count()}")


if __name__ == "__main__":
    main(sys.argv[1:])
