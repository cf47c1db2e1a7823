"""Reads states over HTTP: GitLab's, any other of Terraform's `http` backend, and what those redirect to.

In: a URL and headers. Out: the bytes of a 200 answer. Only GET is ever sent. Headers hold credentials, so
they go to the host they are for and to no other; what a server says in an error is not repeated.
"""

from __future__ import annotations

import re
import ssl
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.parse import urljoin, urlsplit

from scanner import __version__
from scanner.declared.body import gathered
from scanner.errors import SettingsError, StateError
from scanner.settings import Secret

SECONDS = 120.0
"""How long one state may take, redirects and retries included."""
QUIET = 30.0
"""How long a server may say nothing."""
PAUSE = 0.5
TRIES = 3
MOST_REDIRECTS = 5
PULL = "pull it into a file: `terraform state pull > pulled.tfstate`"
HEADERS = "set WATCHBILL_STATE_HEADERS, for instance to `PRIVATE-TOKEN: ...`"
REFUSED = {401: "denied", 403: "denied", 404: "missing", 410: "missing", 204: "missing"}
AGAIN = {429, 500, 502, 503, 504}


@dataclass(frozen=True)
class Answer:
    """A 200 answer, or a 304 without data."""

    data: bytes = field(repr=False)
    etag: str = ""
    same: bool = False


@dataclass(frozen=True)
class Page:
    """A state behind a URL."""

    source: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    named: bool = True
    seconds: float = SECONDS

    def read(self) -> tuple[bytes, str]:
        """The bytes and the ETag they came with, `` where the server gives none."""
        answer = get(self.source, self.url, self.headers)
        return answer.data, answer.etag

    def still(self, stamp: str) -> bool:
        """Whether the server still has what it gave; taken for true where it has no ETags."""
        return not stamp or get(self.source, self.url, self.headers, etag=stamp).same


def page(source: str, headers: Secret | None, hosts: Iterable[str]) -> Page:
    """The state behind the URL. Raises SettingsError for headers that cannot be sent, and StateError."""
    parts = _split(source)
    if parts is None:
        raise StateError(
            f"{_outline(source)}: not a URL that can be asked for",
            hint="write it as https://host/path, without a name or a password in it: "
            f"those would stand in every report. For those, {HEADERS}",
            kind="unsupported",
        )
    shown = f"{parts.scheme}://{parts.netloc}{parts.path}"
    return Page(
        source=f"{shown}?..." if parts.query else shown,
        url=parts._replace(fragment="").geturl(),
        headers=_for_host(headers, parts.netloc.lower(), set(hosts)),
    )


def host(source: str) -> str:
    """The host and port of a URL, `` where it has none."""
    parts = _split(source)
    return parts.netloc.lower() if parts else ""


def _outline(url: str) -> str:
    """As much of a URL as can hold no secret, even where it is none."""
    scheme, _, rest = url.partition("://")
    where = re.match(r"[\w.-]+(?=[:/]|$)", rest.rpartition("@")[2])
    return f"{scheme}://{where[0] if where else ''}..."


def _split(url: str) -> Any:
    """The parts of a URL that may be asked for, else None."""
    try:
        parts = urlsplit(url)
        well = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
        _ = parts.port
    except ValueError:
        return None
    return parts if well and re.fullmatch(r"[!-~]+", url) else None


def _for_host(headers: Secret | None, wanted: str, hosts: set[str]) -> Mapping[str, str]:
    """Those of the lines `Name: value` and `host Name: value` that go to the wanted host."""
    found: dict[str, str] = {}
    for line in headers.reveal().splitlines() if headers else ():
        if not line.strip():
            continue
        told = re.fullmatch(
            r"\s*(?:(\S*[^\s:])\s+)?([!#-'*+.^_`|~\w-]+):\s*([\x20-\x7e]*?)\s*", line, re.A
        )
        if told is None:
            raise SettingsError(
                "state_headers: a line is not `Name: value` or `host Name: value`",
                hint="mend WATCHBILL_STATE_HEADERS; a value is printable ASCII, and is not shown here",
            )
        if told[1] is None and len(hosts) > 1:
            raise SettingsError(
                f"state_headers: {told[2]} is for one host, and states come from {', '.join(sorted(hosts))}",
                hint=f"write the host before it, so that no other gets it: `{wanted} {told[2]}: ...`",
            )
        if told[1] is None or told[1].lower() == wanted:
            found[told[2]] = told[3]
    return found


def get(
    source: str, url: str, headers: Mapping[str, str], *, etag: str = "", hint: str = HEADERS
) -> Answer:
    """The answer to a GET, tried again where the server says that it is its own fault.

    Raises StateError, whose `kind` says what came instead.
    """
    deadline = time.monotonic() + SECONDS
    conditional = {"If-None-Match": etag} if etag else {}
    for left in reversed(range(TRIES)):
        try:
            return _once(source, url, {**headers, **conditional}, set(conditional), deadline, hint)
        except _Again as problem:
            if not left or time.monotonic() > deadline:
                raise problem.error from None
        time.sleep(PAUSE * (TRIES - left))
    raise AssertionError("the last try returns or raises")


class _Again(Exception):
    """A failure that may be over in a moment."""

    def __init__(self, error: StateError) -> None:
        super().__init__()
        self.error = error


def _once(
    source: str,
    url: str,
    headers: Mapping[str, str],
    harmless: set[str],
    deadline: float,
    hint: str,
) -> Answer:
    if _split(url) is None:
        raise StateError(f"{source}: leads to what is not a URL", hint=PULL, kind="error")
    for _ in range(MOST_REDIRECTS + 1):
        answer = _asked(source, url, headers)
        with answer:
            status, to = int(answer.status), answer.headers.get("Location")
            if status == 304 and "If-None-Match" in headers:
                return Answer(b"", same=True)
            if status == 200:
                etag = str(answer.headers.get("ETag") or "")
                if etag and etag == headers.get("If-None-Match"):
                    return Answer(b"", etag, same=True)
                return Answer(_whole(source, answer, deadline), etag)
        if status not in (301, 302, 303, 307, 308) or not to:
            raise _refusal(source, status, hint)
        before, url = urlsplit(url), urljoin(url, to)
        after = _split(url)
        if after is None or (before.scheme, after.scheme) == ("https", "http"):
            raise StateError(
                f"{source}: redirects to where a state must not come from",
                hint=f"give the URL that it leads to, if you trust it; or {PULL}",
                kind="error",
            )
        if (before.scheme, before.netloc) != (after.scheme, after.netloc):
            headers = {name: value for name, value in headers.items() if name in harmless}
    raise StateError(f"{source}: redirects without end", hint=PULL, kind="error")


def _refusal(source: str, status: int, hint: str) -> Exception:
    error = StateError(
        f"{source}: the server answers {status}", hint=PULL, kind=REFUSED.get(status, "error")
    )
    if error.kind == "denied":
        return StateError(error.message, hint=f"it wants credentials: {hint}", kind="denied")
    if error.kind == "missing":
        what = "there is no state here, or these credentials may not know that there is one"
        return StateError(f"{error.message}: {what}", hint=f"check the URL; {hint}", kind="missing")
    if status in AGAIN:
        kind = "throttled" if status == 429 else "error"
        return _Again(StateError(error.message, hint=f"try again later, or {PULL}", kind=kind))
    return error


def _asked(source: str, url: str, headers: Mapping[str, str]) -> Any:
    # an opener that neither follows redirects nor raises for a status, and knows no file:// or ftp://
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
    ):
        opener.add_handler(handler)
    agent = {"User-Agent": f"watchbill/{__version__}", "Accept-Encoding": "gzip"}
    request = urllib.request.Request(url, headers={**agent, **headers})  # noqa: S310  http(s) only
    problem = None
    try:
        return opener.open(request, timeout=QUIET)
    except (OSError, HTTPException, ValueError) as error:
        problem = _told(source, error)
    raise problem


def _whole(source: str, answer: Any, deadline: float) -> bytes:
    length = answer.headers.get("Content-Length", "")
    promised = int(length) if re.fullmatch(r"\d{1,18}", length) and not answer.chunked else None
    problem = None
    try:
        return gathered(source, _pieces(source, answer, deadline), promised)
    except (OSError, HTTPException, ValueError) as error:
        problem = _told(source, error)
    raise problem


def _pieces(source: str, answer: Any, deadline: float) -> Iterator[bytes]:
    # read1 returns what is there: a server that drips is then noticed, and not waited for
    while piece := answer.read1(1 << 16):
        if time.monotonic() > deadline:
            raise StateError(
                f"{source}: not whole after {SECONDS:.0f} s", hint=PULL, kind="timeout"
            )
        yield piece


def _told(source: str, error: Exception) -> Exception:
    """What went wrong on the way, in words that cannot hold what the server sent."""
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        what = f"{source}: no answer within {QUIET:.0f} s"
        return _Again(StateError(what, hint=PULL, kind="timeout"))
    if isinstance(reason, ssl.SSLError):
        why = getattr(reason, "verify_message", "") or reason.reason or type(reason).__name__
        return StateError(
            f"{source}: no safe connection: {why}",
            hint="SSL_CERT_FILE names further authorities to trust; the check cannot be turned off",
            kind="error",
        )
    if isinstance(reason, OSError):
        what = reason.strerror or type(reason).__name__
        return _Again(
            StateError(f"{source}: {what}", hint=f"check host and network, or {PULL}", kind="error")
        )
    return _Again(StateError(f"{source}: the answer is not HTTP, or was cut", hint=PULL))
