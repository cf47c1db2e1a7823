"""The HTTP side of a replayed world: 127.0.0.1 only, connections kept open, one request at a time.

moto's state is plain Python that was not written for threads, and Python runs one thread at a
time anyway, so requests take turns inside the cloud; connections are read and written in parallel.
"""

from __future__ import annotations

import io
import sys
import threading
import traceback
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from scanner.replay.cloud import Dispatcher

HOST = "127.0.0.1"

Headers = list[tuple[str, str]]


class OneAtATime:
    """A WSGI application that answers whole replies, in turn, and never raises.

    Status 501 is for what moto has not implemented, or cannot do because a package is not here;
    500 for any other error inside it. Both have no body: every AWS protocol reads that as an
    error named by its status, and clients try a 500 again but not a 501. moto's own answer to an
    unknown path, a web page with status 404, would read as "no such resource" and is a 501 too.
    """

    def __init__(self, application: Dispatcher, *, verbose: bool = False) -> None:
        self._application = application
        self._verbose = verbose
        self._turn = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        try:
            with self._turn:
                status, headers, body = self._answer(environ)
        except (NotImplementedError, ImportError) as cause:
            status, headers, body = "501 Not Implemented", [], b""
            self._tell(cause)
        except Exception as cause:
            status, headers, body = "500 Internal Server Error", [], b""
            self._tell(cause)
        start_response(status, headers)
        return [body]

    def _answer(self, environ: dict[str, Any]) -> tuple[str, Headers, bytes]:
        seen: list[tuple[str, Headers]] = []

        def start(status: str, headers: Headers, exc_info: Any = None) -> None:
            seen.append((status, headers))

        chunks = self._application(environ, start)
        body = b"".join(chunks)
        getattr(chunks, "close", lambda: None)()
        status, headers = seen[-1]
        if status.startswith("404") and body.startswith(b"<!doctype html>"):
            raise NotImplementedError(f"moto has nothing at {environ['PATH_INFO']}")
        return status, headers, body

    def _tell(self, cause: Exception) -> None:
        if self._verbose:
            print("".join(traceback.format_exception(cause)), file=sys.stderr, flush=True)


class Handler(WSGIRequestHandler):
    """werkzeug's request handler, kept open between requests and silent."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def run_wsgi(self) -> None:
        """Answer one request. The body is read whole first, so that the next request starts
        where this one ends whatever the application read of it."""
        if self.headers.get("Expect", "").strip().lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        environ = self.environ = self.make_environ()
        if environ.get("wsgi.input_terminated"):
            body = environ["wsgi.input"].read()
            environ.pop("HTTP_TRANSFER_ENCODING", None)
        else:
            body = self.rfile.read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))

        def start_response(status: str, headers: Headers, exc_info: Any = None) -> Any:
            code, _, reason = status.partition(" ")
            self._start(int(code), reason, headers)

        self._finish(b"".join(self.server.app(environ, start_response)))

    def _start(self, code: int, reason: str, headers: Headers) -> None:
        self.send_response(code, reason)
        self._stated_length = False
        self._bodyless = self.command == "HEAD" or code in (204, 304)
        for name, value in headers:
            lower = name.lower()
            if lower in ("connection", "transfer-encoding"):
                continue
            if lower == "content-length":
                # Of a HEAD's answer it says how large the object is; of others, what follows.
                if self.command != "HEAD":
                    continue
                self._stated_length = True
            self.send_header(name, value)

    def _finish(self, body: bytes) -> None:
        if not self._stated_length and not (self._bodyless and self.command != "HEAD"):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not self._bodyless:
            self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: a scan sends hundreds of requests."""

    def version_string(self) -> str:
        """The Server header."""
        return "watchbill"


def make(application: Dispatcher, port: int, *, verbose: bool = False) -> BaseWSGIServer:
    """A threaded server of a cloud on 127.0.0.1, listening from here; port 0 lets the OS choose.

    Raises OSError when the port is taken.
    """
    return make_server(
        HOST,
        port,
        OneAtATime(application, verbose=verbose),
        threaded=True,
        request_handler=Handler,
    )
