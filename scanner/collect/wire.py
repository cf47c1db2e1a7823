"""Requests and replies on a connection: one write, as few reads as can be, and an end to every wait.

botocore's way through urllib3 and http.client takes half of a small call. Connections are still urllib3's,
with botocore's certificates and time limits; what is sent and read is plain HTTP/1.1. Requests that a proxy
must carry, that are not bytes, or whose answers are streams go botocore's way.
"""

from __future__ import annotations

import re
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, cast
from urllib.parse import urlsplit

from botocore import exceptions as aws
from botocore.auth import _host_from_url
from botocore.awsrequest import AWSResponse, HeadersDict, _HeaderKey
from botocore.httpsession import create_urllib3_context

from scanner.collect.turn import turn

PIECE = 1 << 16
MOST_ORIGINS = 100
MOST_HEAD = 1 << 16
"""Bytes of a status line and headers; AWS sends one or two thousand."""
_LINE = re.compile(rb"HTTP/1\.([01]) +(\d{3})(?: [^\r\n]*)?$")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8}) *(?:;|$)")
_BAD_TARGET = re.compile(r"[\x00-\x20\x7f]")
_BAD_HEADER = re.compile(r"[\r\n\x00]")
_BODILESS = {204, 304}


Origin = tuple[str, str]
"""Scheme, and host with its port."""


class Broken(Exception):
    """The other side hung up, or does not speak HTTP."""


class Wire:
    """A client's HTTP session with an end to every request: headers and body within `seconds`."""

    def __init__(self, http: Any, seconds: float, clock: Callable[[], float]) -> None:
        """`http`: botocore's own session, which knows certificates, proxies and limits."""
        self._http = http
        self._seconds = seconds
        self._clock = clock
        self._most = http._max_pool_connections
        self._idle: dict[Origin, deque[Any]] = {}
        self._kept = 0
        self._pools: dict[Origin, tuple[Any, str]] = {}
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._http, name)

    def send(self, request: Any) -> AWSResponse:
        """The whole response. Raises what botocore raises, and its ReadTimeoutError at the end."""
        until = min(turn().until, self._clock() + self._seconds)
        url = request.url
        scheme, place, path, query, _ = urlsplit(url)
        origin = scheme, place
        pool, host = self._pools.get(origin) or self._known(origin, url)
        if pool is None or request.stream_output or not isinstance(request.body, bytes | None):
            return self._theirs(request, until)
        asked = _written(request, host, f"{path or '/'}?{query}" if query else path or "/")
        connection = None
        try:
            connection = self._connected(origin, pool)
            sock = connection.sock
            sock.sendall(asked)
            reply = _Reply(sock, lambda: self._clock() > until, request.method)
            body = reply.body()
        except BaseException as error:
            if connection is not None:
                connection.close()
            if isinstance(error, Exception):
                raise _as_botocore(error, request) from error
            raise
        if reply.stays:
            self._keep(origin, connection)
        else:
            connection.close()
        # botocore would copy the headers, and reads no content of a response that has nothing raw
        response = AWSResponse(url, reply.status, {}, reply)
        response.headers, response._content = reply.headers, body
        return response

    def _known(self, origin: Origin, url: str) -> tuple[Any, str]:
        """urllib3's pool, which makes the connections to an origin, and what to call it in a request.

        None for a pool where a proxy stands before it.
        """
        pool = None
        if origin[0] in ("http", "https") and not self._http._proxy_config.proxy_url_for(url):
            pool = self._http._manager.connection_from_url(url)
            self._http._setup_ssl_cert(pool, url, self._http._verify)
            if pool.__dict__.get("ca_certs") and not self._http._cert_file:
                # else they are read anew for every connection, which takes longer than fifty calls
                pool.conn_kw["ssl_context"] = _trusting(pool.ca_certs)
                pool.ca_certs = None
        with self._lock:
            if len(self._pools) >= MOST_ORIGINS:  # each bucket is one
                del self._pools[next(iter(self._pools))]
            self._pools[origin] = pool, _host_from_url(url)
            return self._pools[origin]

    def _connected(self, origin: Origin, pool: Any) -> Any:
        while True:
            with self._lock:
                connection = self._taken(origin)
            if connection is None:
                connection = pool._new_conn()
                connection.connect()
                connection.sock.settimeout(pool.timeout.read_timeout)
                return connection
            if connection.is_connected:
                return connection
            connection.close()

    def _taken(self, origin: Origin, oldest: bool = False) -> Any:
        """A connection that was kept, or None; an origin that has no more is forgotten."""
        idle = self._idle.get(origin)
        if not idle:
            return None
        connection = idle.popleft() if oldest else idle.pop()
        self._kept -= 1
        if not idle:
            del self._idle[origin]
        return connection

    def _keep(self, origin: Origin, connection: Any) -> None:
        surplus = None
        with self._lock:
            self._idle.setdefault(origin, deque()).append(connection)
            self._kept += 1
            if self._kept > self._most:  # of those who were asked longest ago
                surplus = self._taken(next(iter(self._idle)), oldest=True)
        if surplus is not None:
            surplus.close()

    def _theirs(self, request: Any, until: float) -> Any:
        """As botocore sends it, with the end of ours."""
        streamed, request.stream_output = request.stream_output, True
        response = self._http.send(request)
        if not streamed:
            response._content = self._read(response.raw, request, until)
        return response

    def _read(self, raw: Any, request: Any, until: float) -> bytes:
        pieces = []
        try:
            while piece := raw.read1(PIECE):
                pieces.append(piece)
                if self._clock() > until:
                    raw.close()
                    raise TimeoutError
        except Exception as error:
            raise _as_botocore(error, request) from error
        return b"".join(pieces)


@lru_cache
def _trusting(authorities: str) -> ssl.SSLContext:
    """botocore's context for TLS, with those whose signatures it takes."""
    context = create_urllib3_context()
    context.load_verify_locations(authorities)
    return cast(ssl.SSLContext, context)


@lru_cache(maxsize=1024)
def _titled(name: str) -> str:
    """A header's name, spelled in one way; `` for what is none."""
    return name.title() if name == name.strip() else ""


_key = lru_cache(maxsize=1024)(_HeaderKey)
"""botocore's key of a header, of which a scan meets a few dozen."""


def _written(request: Any, host: str, target: str) -> bytes:
    """The request in bytes, with the headers that http.client would add."""
    lines = [f"{request.method} {target} HTTP/1.1"]
    host, coding = f"Host: {host}", "Accept-Encoding: identity"
    for name, value in request.headers.items():
        text = value.decode() if isinstance(value, bytes) else str(value)
        if _BAD_HEADER.search(text):
            raise ValueError(f"the header {name} has an end of line in it")
        lower = name.lower()
        host = "" if lower == "host" else host
        coding = "" if lower == "accept-encoding" else coding
        lines.append(f"{name}: {text}")
    if _BAD_TARGET.search(target):
        raise ValueError("the address has blanks or control characters in it")
    lines += [line for line in (host, coding) if line]
    return "\r\n".join([*lines, "", ""]).encode() + (request.body or b"")


class _Reply:
    """A reply as it is read from a socket."""

    status: int
    headers: HeadersDict
    stays: bool
    """Whether the connection can be asked again."""

    def __init__(self, sock: Any, over: Callable[[], bool], method: str) -> None:
        self._receive = sock.recv
        self._over = over
        self._method = method
        self._held = b""
        self.status = 100
        while self.status < 200:  # what comes before the answer says nothing
            self._head()

    def _more(self) -> bool:
        """Whether anything more came; TimeoutError at the end of the time."""
        if self._over():
            raise TimeoutError
        piece = self._receive(PIECE)
        self._held += piece
        return bool(piece)

    def _head(self) -> None:
        while (end := self._held.find(b"\r\n\r\n")) < 0:
            if len(self._held) > MOST_HEAD or not self._more():
                raise Broken("it hung up" if not self._held else "its headers do not end")
        head, self._held = self._held[:end], self._held[end + 4 :]
        first, *lines = head.split(b"\r\n")
        found = _LINE.match(first)
        if not found:
            raise Broken(f"{first[:80]!r} is no HTTP")
        self.status = int(found[2])
        headers: dict[str, str] = {}
        for line in lines:
            written, colon, value = line.decode("latin-1").partition(":")
            if not colon or not (name := _titled(written)):
                raise Broken(f"{line[:80]!r} is no header")
            value = value.strip()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        self._chunked = headers.get("Transfer-Encoding", "").lower() == "chunked"
        length = headers.get("Content-Length", "")
        self._length = int(length) if length.isdigit() and not self._chunked else None
        kept = headers.get("Connection", "").lower()
        self.stays = kept != "close" and (found[1] == b"1" or kept == "keep-alive")
        self.headers = HeadersDict()
        self.headers._dict = {_key(name): value for name, value in headers.items()}

    def body(self) -> bytes:
        """All of the body, or what came of it before the other side hung up."""
        if self._method == "HEAD" or self.status in _BODILESS:
            self.stays = self.stays and not self._held
            return b""
        if self._chunked:
            return b"".join(self._chunks())
        if self._length is None:
            self.stays = False
        pieces, size = [self._held], len(self._held)
        while self._length is None or size < self._length:
            self._held = b""
            if not self._more():
                self.stays = False
                break
            pieces.append(self._held)
            size += len(self._held)
        whole = b"".join(pieces)
        if self._length is not None and size > self._length:
            self.stays = False
            whole = whole[: self._length]
        return whole

    def _chunks(self) -> Iterator[bytes]:
        while size := self._size(self._line()):
            pieces, come = [self._held], len(self._held)
            while come < size + 2:
                self._held = b""
                self._need()
                pieces.append(self._held)
                come += len(self._held)
            whole = b"".join(pieces)
            if whole[size : size + 2] != b"\r\n":
                raise Broken("a chunk is longer than it says")
            self._held = whole[size + 2 :]
            yield whole[:size]
        while self._line():  # trailers
            pass
        self.stays = self.stays and not self._held

    @staticmethod
    def _size(line: bytes) -> int:
        found = _SIZE.match(line)
        if not found:
            raise Broken(f"{line[:80]!r} is no size of a chunk")
        return int(found[1], 16)

    def _line(self) -> bytes:
        while (end := self._held.find(b"\r\n")) < 0:
            if len(self._held) > MOST_HEAD:
                raise Broken("a line does not end")
            self._need()
        line, self._held = self._held[:end], self._held[end + 2 :]
        return line

    def _need(self) -> None:
        if not self._more():
            raise Broken("it hung up in the middle of a chunk")


def _as_botocore(error: Exception, request: Any) -> Exception:
    """What botocore would have raised."""
    from urllib3 import exceptions
    from urllib3.util.ssl_match_hostname import CertificateError

    url = request.url
    match error:
        case ssl.SSLError() | exceptions.SSLError() | CertificateError():
            return cast(Exception, aws.SSLError(endpoint_url=url, error=error))
        case ValueError() | aws.BotoCoreError():
            return error
        case exceptions.NewConnectionError():
            return cast(Exception, aws.EndpointConnectionError(endpoint_url=url, error=error))
        case exceptions.ConnectTimeoutError():
            return cast(Exception, aws.ConnectTimeoutError(endpoint_url=url, error=error))
        case TimeoutError() | exceptions.ReadTimeoutError():
            return cast(Exception, aws.ReadTimeoutError(endpoint_url=url, error=error))
        case OSError() | Broken() | exceptions.ProtocolError():
            return cast(
                Exception,
                aws.ConnectionClosedError(error=error, request=request, endpoint_url=url),
            )
        case _:
            return cast(Exception, aws.HTTPClientError(error=error))
