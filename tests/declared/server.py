"""A web server in this process, which answers as each test tells it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answers = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """Where it listens, and what it was asked."""

    def __init__(self, port: int) -> None:
        self.host = f"127.0.0.1:{port}"
        self.url = f"http://{self.host}"
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.routes: dict[str, Answers] = {}

    def paths(self) -> list[str]:
        return [path for _, path, _ in self.asked]

    def header(self, name: str, path: str = "") -> list[str | None]:
        """The header of each request, `` for every path."""
        return [heads.get(name.lower()) for _, asked, heads in self.asked if asked.startswith(path)]


@contextmanager
def serving() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (ConnectionError, ValueError):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

        def __getattr__(self, name: str) -> object:
            if name.startswith("do_"):
                return self.answer
            raise AttributeError(name)

        def answer(self) -> None:
            heads = {name.lower(): value for name, value in self.headers.items()}
            made.asked.append((self.command, self.path, heads))
            made.routes.get(self.path.partition("?")[0], status(404))(self)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made = Server(server.server_address[1])
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    )
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


def body(data: bytes, code: int = 200, **headers: str) -> Answers:
    """A whole answer."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(data)

    return answer


def status(code: int, **headers: str) -> Answers:
    return body(b"" if code == 204 else b"CANARY-of-the-server", code, **headers)


def to(url: str, code: int = 302) -> Answers:
    return body(b"", code, Location=url)


def raw(*pieces: bytes, before: Callable[[], None] | None = None) -> Answers:
    """Bytes as they are, and the end of the connection; something may be done before each piece."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        for piece in pieces:
            if before:
                before()
            handler.wfile.write(piece)
            handler.wfile.flush()

    return answer


def in_turn(*answers: Answers) -> Answers:
    """One answer after the other, the last for ever."""
    left = list(answers)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(handler)

    return answer
