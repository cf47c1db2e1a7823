"""Replies on a real socket: one that trickles in ends, and one that breaks off is no answer."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from scanner.collect import patience
from scanner.collect.failure import classify
from scanner.collect.patience import Patience
from scanner.collect.rates import Rates
from scanner.collect.session import Session
from scanner.collect.turn import Turn, taking

BODY = b'{"TableNames": ["one", "two"]}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
Sent = Callable[[socket.socket], None]


def whole(peer: socket.socket) -> None:
    peer.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY)


def chunked(peer: socket.socket) -> None:
    peer.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    for part in (BODY[:7], BODY[7:]):
        peer.sendall(b"%x\r\n%b\r\n" % (len(part), part))
    peer.sendall(b"0\r\n\r\n")


def unmeasured(peer: socket.socket) -> None:
    peer.sendall(HEAD + b"Connection: close\r\n\r\n" + BODY)


def drip(peer: socket.socket) -> None:
    peer.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY))
    for byte in BODY:
        peer.sendall(bytes([byte]))
        time.sleep(0.2)


def short(peer: socket.socket) -> None:
    peer.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY[:11])


def cut_chunk(peer: socket.socket) -> None:
    peer.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"%x\r\n%b" % (len(BODY), BODY[:9]))


def half_headers(peer: socket.socket) -> None:
    peer.sendall(HEAD[:30])


def silent(peer: socket.socket) -> None:
    time.sleep(1.5)


def nothing(peer: socket.socket) -> None:
    pass


@contextmanager
def answering(send: Sent) -> Iterator[str]:
    """An endpoint whose every answer is sent that way, and then hung up."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                with peer:
                    try:
                        peer.recv(65536)
                        send(peer)
                    except OSError:
                        pass

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


def ask(
    send: Sent,
    monkeypatch: pytest.MonkeyPatch,
    *,
    until: float = float("inf"),
    seconds: int = 1,
) -> object:
    monkeypatch.setattr(patience, "ATTEMPTS", 2)
    session = Session(call_seconds=seconds, patience=Patience(Rates(), sleep=lambda _: None))
    with answering(send) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with taking(Turn("1" * 12, until=until)):
            return session.client("dynamodb", "eu-west-1").list_tables()["TableNames"]


@pytest.mark.parametrize("send", [whole, chunked, unmeasured])
def test_a_whole_reply_is_read(send: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(send, monkeypatch, seconds=30) == ["one", "two"]  # on a busy machine, too


@pytest.mark.parametrize(
    ("send", "status"),
    [
        (short, "malformed"), (cut_chunk, "error"), (half_headers, "malformed"), (nothing, "error"),
        (silent, "timeout"), (drip, "timeout"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)  # fmt: skip
def test_one_that_is_not_is_no_answer(
    send: Sent, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()
    with pytest.raises(Exception) as caught:  # noqa: PT011
        ask(send, monkeypatch)
    assert classify(caught.value).status == status
    assert time.monotonic() - began < 10


def test_the_end_of_the_turn_is_the_end_of_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    with pytest.raises(Exception) as caught:  # noqa: PT011
        ask(drip, monkeypatch, until=began + 0.5)
    assert classify(caught.value).status == "timeout"
    assert time.monotonic() - began < 3
