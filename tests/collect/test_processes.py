"""Several processes ask what one would: the same rows and ledger, each call signed for its account.

What a process that dies had not given yet is known to be missing.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from benchmarks import collect as canned
from scanner.catalog import load
from scanner.cli.scan import _could_see
from scanner.collect import plan as planned
from scanner.collect import processes
from scanner.collect.engine import Collected, Engine
from scanner.collect.plan import plan, shares
from scanner.collect.session import Account, Identity, Session
from scanner.collect.unfinished import Unfinished
from scanner.errors import INCOMPLETE, PASSED
from scanner.secrets import hider
from scanner.seen import PROCESS_ENDED, Seen

TYPES = {name: load()[name] for name in ("aws_sqs_queue", "aws_sqs_queue_policy", "aws_sns_topic")}
REGIONS = ("eu-north-1", "eu-west-1")


def account(number: int, credentials: Any = None) -> Account:
    name = f"{number:012}"
    own = credentials or Credentials(f"AKIA{name}", "secret", f"token-of-{name}")
    return Account(Identity(name, "aws", f"arn:aws:iam::{name}:role/audit"), REGIONS, own)


class Refused(Credentials):  # type: ignore[misc]
    """A role that can be taken no more."""

    def __init__(self) -> None:
        super().__init__("", "")

    def get_frozen_credentials(self) -> Any:
        raise ClientError({"Error": {"Code": "ExpiredToken", "Message": "over"}}, "AssumeRole")


OWN = Account(Identity(f"{7:012}", "aws", f"arn:aws:iam::{7:012}:user/u"), REGIONS)
ACCOUNTS = [*(account(number) for number in range(1, 6)), account(6, Refused()), OWN]


class Listening(canned.Canned):
    """Remembers by which connection, and whom, it was asked."""

    signed: list[tuple[int, str, str, str]]
    port = 0

    def hear(self, number: int) -> None:
        with suppress(OSError):  # it may have gone
            self.port = self.peers[number].getpeername()[1]
        super().hear(number)

    def answer(self, head: bytes, body: bytes) -> bytes:
        key = re.search(rb"Credential=AKIA(\d+)/\d+/([\w-]+)/(\w+)/", head)
        token = re.search(rb"X-Amz-Security-Token: token-of-(\d+)", head, re.I)
        assert key
        assert token
        assert key[1] == token[1]
        self.signed.append((self.port, *(part.decode() for part in key.groups())))
        return super().answer(head, body)


@pytest.fixture(scope="module", autouse=True)
def _cloud() -> Iterator[None]:
    """A server on a thread, as these processes' AWS."""
    Listening.signed = []
    listener = socket.create_server(("127.0.0.1", 0))
    serve = Listening(3, 0, 0.001, 0).serve
    threading.Thread(target=serve, args=[listener], daemon=True).start()
    port = listener.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", f"AKIA{7:012}")
        patch.setenv("AWS_SESSION_TOKEN", f"token-of-{7:012}")
        patch.setattr(planned, "TASKS_A_PROCESS", 1)
        yield


def told(made: Collected) -> Any:
    ledger = [
        (e.account, e.region, e.operation, e.type, e.parent, e.status, e.error_code, e.items)
        for e in made.ledger.entries()
    ]
    return made.rows, ledger


def run(folder: Path, count: int, progress: Any = None) -> Collected:
    folder.mkdir(exist_ok=True)
    with Unfinished(folder, "q", seconds=3600) as unfinished:
        engine = Engine(
            Session(),
            ACCOUNTS,
            hide=hider(folder.parent),
            workers=4,
            processes=count,
            unfinished=unfinished,
        )
        return engine.run(TYPES, progress)


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes that are begun."""
    found: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def begin(*arguments: Any, **more: Any) -> subprocess.Popen[bytes]:
        found.append(popen(*arguments, **more))
        return found[-1]

    monkeypatch.setattr(processes.subprocess, "Popen", begin)
    return found


def test_a_process_that_dies_leaves_a_gap_and_the_next_scan_fills_it(
    tmp_path: Path, begun: list[subprocess.Popen[bytes]]
) -> None:
    expected = told(run(tmp_path / "one", 1))
    assert len(expected[0]) == 6 * 2 * 3
    assert {e[5:7] for e in expected[1] if e[0] == f"{6:012}"} == {
        ("token_expired", "ExpiredToken")
    }

    def kill(_: str, done: int, __: int) -> None:
        if done == 3:
            os.kill(begun[0].pid, signal.SIGKILL)

    made = run(tmp_path / "two", 2, kill)
    assert len(begun) == 2
    assert [process.returncode is not None for process in begun] == [True, True]
    lost = [e for e in made.ledger.entries() if e.error_code == PROCESS_ENDED]
    assert lost
    assert {(e.status, e.complete, e.finished != "") for e in lost} == {("error", False, True)}
    assert "signal 9" in lost[0].message
    seen = Seen(made.ledger.entries())
    rows = {(row.type, row.account, row.region) for row in made.rows}
    for entry in lost:
        assert (entry.type, entry.account, entry.region) not in rows
        assert seen.listed(entry.type, entry.account, entry.region)
    assert {e.type for e in lost} < set(TYPES), "what is found through a type is lost with it"

    again = run(tmp_path / "two", 2)
    assert told(again) == expected
    assert len(begun) == 4


def test_an_interrupt_ends_them_all(tmp_path: Path, begun: list[subprocess.Popen[bytes]]) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "three", 2, interrupt)
    assert len(begun) == 2
    assert None not in {process.returncode for process in begun}


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_every_task_is_one_shares_and_no_limit_two_processes(count: int) -> None:
    tasks = plan(load(), ACCOUNTS[:3])
    dealt = shares(tasks, count)
    assert len(dealt) == count
    assert sorted(task.key for share in dealt for task in share) == sorted(t.key for t in tasks)
    place = {task.key: number for number, task in enumerate(tasks)}
    drawn: dict[tuple[str, str, str], int] = {}
    for number, share in enumerate(dealt):
        places = [place[task.key] for task in share]
        assert places == sorted(places)
        assert abs(len(share) - len(tasks) / count) < len(tasks) / 4 / count + 40
        for task in share:
            regions = {task.account.identity.home if task.region == "global" else task.region}
            if task.types[0].type == "aws_s3_bucket":
                regions |= set(REGIONS)
            for kind in task.types:
                for call in (kind.list, *(call.call for call in kind.calls)):
                    for region in regions if call else ():
                        limit = (task.account.identity.account, region, call.partition(".")[0])
                        assert drawn.setdefault(limit, number) == number


def test_a_small_plan_is_one_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planned, "TASKS_A_PROCESS", 1000)
    tasks = plan(load(), ACCOUNTS[:1])
    assert 100 < len(tasks) < 1000
    assert shares(tasks, 8) == [tasks]
    assert shares([], 8) == []


def test_a_scan_with_such_a_gap_is_incomplete() -> None:
    def exit_code(error_code: str) -> int:
        gap = SimpleNamespace(error_code=error_code)
        coverage = SimpleNamespace(complete=9, gaps=(gap,))
        return _could_see(SimpleNamespace(sources=(), coverage=coverage))

    assert exit_code("AccessDenied") == PASSED
    assert exit_code(PROCESS_ENDED) == INCOMPLETE
