"""On a real socket: what botocore sends, hears and raises; and what trickles in comes to an end."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from botocore.exceptions import BotoCoreError, EndpointConnectionError, SSLError
from botocore.httpsession import URLLib3Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scanner.collect import patience
from scanner.collect.failure import classify
from scanner.collect.patience import Patience
from scanner.collect.rates import Rates
from scanner.collect.session import Session
from scanner.collect.turn import Turn, taking
from scanner.collect.wire import Wire

BODY = b'{"TableNames": ["one", "two"]}'
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
LENGTH = re.compile(rb"content-length: [1-9]", re.I)
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
        time.sleep(0.05)


def short(peer: socket.socket) -> None:
    peer.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY[:11])


def cut_chunk(peer: socket.socket) -> None:
    peer.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"%x\r\n%b" % (len(BODY), BODY[:9]))


def half_headers(peer: socket.socket) -> None:
    peer.sendall(HEAD[:30])


def silent(peer: socket.socket) -> None:
    time.sleep(0.6)


def nothing(peer: socket.socket) -> None:
    pass


def foreign(peer: socket.socket) -> None:
    peer.sendall(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")


def no_size(peer: socket.socket) -> None:
    peer.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n")


def continued(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    whole(peer)


def twice(peer: socket.socket) -> None:
    peer.sendall(HEAD + b"X-A: one\r\nx-a: two\r\nContent-Length: 2\r\n\r\n{}")


def old(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.0 404 Not Found\r\nContent-Length: 2\r\n\r\n{}")


def empty(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")


def trailed(peer: socket.socket) -> None:
    peer.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\nX-T: 1\r\n\r\n")


@contextmanager
def answering(
    send: Sent, heard: list[bytes] | None = None, tls: ssl.SSLContext | None = None, stays: int = 1
) -> Iterator[str]:
    """An endpoint whose every answer is sent that way, and then hung up; `stays` times on a connection."""
    with closing(socket.create_server(("", 0))) as server:

        def talk(peer: socket.socket) -> None:
            with suppress(OSError), peer:
                mine = tls.wrap_socket(peer, server_side=True) if tls else peer
                for _ in range(stays):
                    asked = mine.recv(65536)
                    while LENGTH.search(asked) and not asked.endswith(b"}"):
                        asked += mine.recv(65536)
                    if not asked:  # hung up
                        return
                    if heard is not None:
                        heard.append(asked)
                    send(mine)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    peer, _ = server.accept()
                    threading.Thread(target=talk, args=(peer,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http{'s' * bool(tls)}://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


def ask(
    send: Sent,
    monkeypatch: pytest.MonkeyPatch,
    *,
    until: float = float("inf"),
    seconds: float = 30,
) -> object:
    monkeypatch.setattr(patience, "ATTEMPTS", 2)
    session = Session(call_seconds=seconds, patience=Patience(Rates(), sleep=lambda _: None))
    with answering(send) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with taking(Turn("1" * 12, until=until)):
            return session.client("dynamodb", "eu-west-1").list_tables()["TableNames"]


@pytest.mark.parametrize("send", [whole, chunked, unmeasured, continued])
def test_a_whole_reply_is_read(send: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(send, monkeypatch) == ["one", "two"]


@pytest.mark.parametrize(
    ("send", "status"),
    [
        (short, "malformed"), (cut_chunk, "error"), (half_headers, "error"), (nothing, "error"),
        (foreign, "error"), (silent, "timeout"), (drip, "timeout"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)  # fmt: skip
def test_one_that_is_not_is_no_answer(
    send: Sent, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()
    with pytest.raises(Exception) as caught:  # noqa: PT011
        ask(send, monkeypatch, seconds=0.3 if status == "timeout" else 30)
    assert classify(caught.value).status == status
    assert time.monotonic() - began < 10


def test_the_end_of_the_turn_is_the_end_of_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    with pytest.raises(Exception) as caught:  # noqa: PT011
        ask(drip, monkeypatch, until=began + 0.5)
    assert classify(caught.value).status == "timeout"
    assert time.monotonic() - began < 3


def outcome(send: Callable[[Any], Any], request: AWSPreparedRequest) -> tuple[Any, ...]:
    try:
        reply = send(request)
    except BotoCoreError as error:
        return (type(error),)
    return reply.status_code, reply.content, {k.lower(): v for k, v in reply.headers.items()}


REQUESTS = [
    ("GET", "/", {"User-Agent": "u"}, None),
    ("GET", "/b?acl&x=%20y", {"User-Agent": "u", "Accept": "a"}, None),
    ("HEAD", "/b", {"User-Agent": b"u"}, None),
    ("POST", "/", {"User-Agent": "u", "X-Amz-Target": "T", "Content-Length": "2"}, b"{}"),
    (
        "POST",
        "/",
        {"User-Agent": "u", "Accept-Encoding": "gzip", "Host": "h", "Content-Length": "2"},
        b"{}",
    ),
]


@pytest.mark.parametrize(
    "send",
    [
        whole, chunked, unmeasured, short, cut_chunk, nothing, foreign, no_size, continued, twice, old,
        empty, trailed,
    ],
    ids=lambda send: send.__name__,
)  # fmt: skip
def test_what_is_sent_and_heard_is_what_botocore_sends_and_hears(send: Sent) -> None:
    heard: list[bytes] = []
    with answering(send, heard) as url:
        for method, target, headers, body in REQUESTS:
            wire = made()
            request = AWSPreparedRequest(
                method, url + target, HeadersDict(headers), body, False, {}
            )
            assert outcome(wire.send, request) == outcome(wire._http.send, request)
            first, second = (sorted(asked.split(b"\r\n")) for asked in heard[-2:])
            assert first == second


def test_where_a_bucket_is_is_read_from_the_reply_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore has a handler of its own for it, which wants the response."""

    def send(peer: socket.socket) -> None:
        body = b"<LocationConstraint xmlns='s3'>eu-west-1</LocationConstraint>"
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    with answering(send) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        answer = Session().client("s3", "eu-west-1").get_bucket_location(Bucket="bucket")
    assert answer["LocationConstraint"] == "eu-west-1"


def made(**more: Any) -> Wire:
    return Wire(URLLib3Session(timeout=(10, 30), **more), 60, time.monotonic)


def get(wire: Wire, url: str) -> Any:
    return wire.send(AWSPreparedRequest("GET", url, HeadersDict(), None, False, {}))


def test_a_connection_is_asked_again_until_the_other_side_hangs_up() -> None:
    peers: list[int] = []

    def send(peer: socket.socket) -> None:
        peers.append(peer.fileno())
        whole(peer)

    with answering(send, stays=3) as url:
        wire = made()
        for _ in range(6):
            assert get(wire, url).content == BODY
            time.sleep(0.1)  # time to hang up, on a busy machine too
        assert len(wire._idle[next(iter(wire._idle))]) <= 1
    assert len(peers) == 6


def test_connections_are_kept_within_bounds_whatever_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each bucket is a host of its own."""
    heard: list[bytes] = []
    monkeypatch.setattr("scanner.collect.wire.MOST_ORIGINS", 3)
    with answering(whole, heard, stays=9) as url:
        wire = made(max_pool_connections=2)
        for host in ("127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.3", "127.0.0.1"):
            assert get(wire, url.replace("127.0.0.1", host)).content == BODY
            kept = [connection for idle in wire._idle.values() for connection in idle]
            assert len(kept) == wire._kept <= 2
            assert len(wire._pools) <= 3
    assert len(heard) == 6


def test_a_stray_reply_is_not_taken_for_the_next_one() -> None:
    numbers = iter(range(1, 9))

    def send(peer: socket.socket) -> None:
        number = next(numbers)
        for text in (b"asked %d" % number, b"stray %d" % number):
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n" + text)

    with answering(send, stays=9) as url:
        wire = made()
        assert get(wire, url).content == b"asked 1"
        for idle in wire._idle.values():
            while idle[0].is_connected:  # until the stray one is there
                time.sleep(0.01)
        assert get(wire, url).content == b"asked 2"


@pytest.mark.parametrize("header", ["a\r\nX-Injected: 1", "a\nb", "a\x00b"])
def test_a_header_cannot_begin_another(header: str) -> None:
    heard: list[bytes] = []
    with answering(whole, heard) as url:
        request = AWSPreparedRequest("GET", url, HeadersDict({"X-A": header}), None, False, {})
        with pytest.raises(ValueError, match="X-A"):
            made().send(request)
        with pytest.raises(ValueError, match="address"):
            get(made(), url + "/a b")
    assert heard == []


def test_nobody_who_listens_and_nobody_of_that_name() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}", "http://nobody.invalid"):
        request = AWSPreparedRequest("GET", url, HeadersDict(), None, False, {})
        wire = made()
        assert outcome(wire.send, request) == outcome(wire._http.send, request)
        assert outcome(wire.send, request) == (EndpointConnectionError,)


def test_a_proxy_is_asked_as_botocore_asks_it() -> None:
    heard: list[bytes] = []
    with answering(whole, heard) as url:
        assert get(made(proxies={"http": url}), "http://sqs.example.com/x").content == BODY
    assert heard[0].startswith(b"GET http://sqs.example.com/x HTTP/1.1\r\n")


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    """A server's context, and the file of who signed its certificate."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "watchbill")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "ca.pem").write_bytes(pem)
    (folder / "both.pem").write_bytes(private + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context, str(folder / "ca.pem")


def test_who_answers_must_be_who_was_asked(certified: tuple[ssl.SSLContext, str]) -> None:
    context, ca = certified
    with answering(whole, tls=context) as url:
        assert get(made(verify=ca), url).content == BODY
        # who is trusted is read once, whatever the number of clients and connections
        one, other = made(verify=ca), made(verify=ca)
        assert get(one, url).content == get(other, url).content == BODY
        (first,), (second,) = one._pools.values(), other._pools.values()
        assert first[0].conn_kw["ssl_context"] is second[0].conn_kw["ssl_context"]
        assert first[0].ca_certs is None
        with pytest.raises(SSLError):
            get(made(), url)  # signed by nobody whom we trust
        with pytest.raises(SSLError):
            get(made(verify=ca), url.replace("127.0.0.1", "localhost"))  # another's name
