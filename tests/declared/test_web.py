"""States over HTTP: whole or not at all, and credentials for one host alone."""

from __future__ import annotations

import gzip
import time
from pathlib import Path
from typing import Any

import pytest

from scanner.declared import State, read_states, terraform, web
from scanner.declared.patience import within
from scanner.errors import USAGE, SettingsError, StateError
from scanner.settings import Secret, Settings

from .server import Server, body, in_turn, raw, status, to
from .states import instance, resource, state

STATE = state(resource("aws_x", "n", instance()))
TOKEN = "glpat-CANARY"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def read(url: str, *more: str, headers: str = "") -> State:
    return read_states([url, *more], Settings(state_headers=Secret(headers) if headers else None))[
        0
    ]


def head(length: int | str, *more: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {length}", *more]
    return "\r\n".join([*lines, "", ""]).encode()


def test_a_state_is_read_with_the_headers_that_were_given(server: Server) -> None:
    server.routes["/state"] = body(STATE)
    made = read(f"{server.url}/state", headers=f"PRIVATE-TOKEN: {TOKEN}\nX-Other: a b ")
    assert (made.status, len(made.instances), made.source) == ("ok", 1, f"{server.url}/state")
    assert server.asked[0][0] == "GET"
    assert server.header("private-token") == [TOKEN]
    assert server.header("x-other") == ["a b"]


def test_without_headers_none_are_sent(server: Server) -> None:
    server.routes["/state"] = body(STATE)
    assert read(f"{server.url}/state").status == "ok"
    assert server.header("authorization") == [None]


def test_a_redirect_to_another_host_loses_the_headers_for_good(
    server: Server, other: Server
) -> None:
    server.routes |= {"/state": to(f"{other.url}/kept"), "/back": body(STATE)}
    other.routes["/kept"] = to(f"{server.url}/back")
    assert read(f"{server.url}/state", headers=f"PRIVATE-TOKEN: {TOKEN}").status == "ok"
    assert server.header("private-token", "/state") == [TOKEN]
    assert other.header("private-token") == [None]
    assert server.header("private-token", "/back") == [None]


def test_a_redirect_on_the_same_host_keeps_them(server: Server) -> None:
    server.routes |= {"/state": to("/moved", 308), "/moved": body(STATE)}
    assert read(f"{server.url}/state", headers=f"PRIVATE-TOKEN: {TOKEN}").status == "ok"
    assert server.header("private-token", "/moved") == [TOKEN]


@pytest.mark.parametrize(
    "target",
    ["file:///etc/passwd", "ftp://h/x", "gopher://h", "http://u:p@h/x", "http://", "http://h:x/"],
)
def test_a_redirect_to_what_is_no_web_page_is_not_followed(target: str, server: Server) -> None:
    server.routes["/state"] = to(target)
    made = read(f"{server.url}/state")
    assert (made.status, made.instances) == ("error", ())
    assert "redirects" in made.message
    assert "passwd" not in made.message


def test_a_redirect_that_gives_up_encryption_is_not_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Given:
        status, headers = 302, {"Location": "http://h/x"}

        def __enter__(self) -> Given:
            return self

        def __exit__(self, *_: Any) -> None: ...

    monkeypatch.setattr(web, "_asked", lambda *_: Given())
    with pytest.raises(StateError, match="must not come from"):
        web.get("s", "https://h/x", {})


def test_redirects_in_a_ring_end(server: Server) -> None:
    server.routes |= {"/state": to("/b"), "/b": to("/state")}
    made = read(f"{server.url}/state")
    assert (made.status, len(server.asked)) == ("error", web.MOST_REDIRECTS + 1)
    assert "without end" in made.message


@pytest.mark.parametrize(("code", "kind", "times"), [
    (401, "denied", 1), (403, "denied", 1), (400, "error", 1), (500, "error", 3), (503, "error", 3),
    (429, "throttled", 3), (302, "error", 1),
])  # fmt: skip
def test_an_answer_that_is_no_state_is_told(
    code: int, kind: str, times: int, server: Server
) -> None:
    server.routes["/state"] = status(code)
    made = read(f"{server.url}/state", headers=f"PRIVATE-TOKEN: {TOKEN}")
    assert (made.status, len(server.asked)) == (kind, times)
    assert f"{server.url}/state" in made.message
    assert str(code) in made.message
    assert len(made.message.splitlines()[1]) > 20, "the next step"
    assert "CANARY" not in made.message


def test_what_fails_once_is_tried_again(server: Server) -> None:
    server.routes["/state"] = in_turn(status(503), raw(b""), body(STATE))
    assert read(f"{server.url}/state").status == "ok"
    assert len(server.asked) == 3


@pytest.mark.parametrize("code", [404, 410, 204])
def test_a_url_that_names_nothing_stops_before_anything_is_scanned(
    code: int, server: Server
) -> None:
    server.routes["/state"] = status(code)
    with pytest.raises(StateError, match="there is no state here") as caught:
        read(f"{server.url}/state")
    assert (caught.value.kind, caught.value.exit_code) == ("missing", USAGE)


@pytest.mark.parametrize("answer", [
    raw(head(len(STATE)), STATE[:-9]),
    raw(head(5, "Content-Encoding: gzip"), b""),
    raw(CHUNKED, b"ff\r\n", STATE[:9]),
    raw(b"HTTP/1.1 200 OK\r\n\r\n", STATE[:-9]),
    raw(b"not HTTP CANARY\r\n\r\n"),
    raw(STATE),
    raw(b"HTTP/1.1 200 OK\r\nContent-Le"),
    raw(b""),
    body(b""), body(b"<html>log in</html>"), body(gzip.compress(STATE)[:-9]), body(b"\x1f\x8bCANARY"),
])  # fmt: skip
def test_what_is_cut_or_foreign_is_not_taken_for_a_state(answer: Any, server: Server) -> None:
    server.routes["/state"] = answer
    made = read(f"{server.url}/state")
    assert made.status in ("malformed", "error")
    assert made.instances == ()
    assert "CANARY" not in made.message


@pytest.mark.parametrize("answer", [
    body(gzip.compress(STATE)),
    body(gzip.compress(STATE), Content_Encoding="gzip"),
    body(gzip.compress(STATE[:50]) + gzip.compress(STATE[50:])),
    raw(b"HTTP/1.1 200 OK\r\n\r\n", STATE[:9], STATE[9:]),
    raw(CHUNKED, b"%x\r\n" % len(STATE), STATE, b"\r\n0\r\n\r\n"),
])  # fmt: skip
def test_a_state_may_come_compressed_or_in_pieces(answer: Any, server: Server) -> None:
    server.routes["/state"] = answer
    assert read(f"{server.url}/state").status == "ok"


@pytest.mark.parametrize("answer", [
    raw(head(1 << 40), b"x"),
    raw(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 4096] * 64),
    body(gzip.compress(b" " * 5_000_000)),
    body(gzip.compress(b" " * 9_000) + gzip.compress(b" " * 9_000)),
])  # fmt: skip
def test_more_than_a_state_may_have_is_refused(
    answer: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terraform, "MOST_BYTES", 10_000)
    server.routes["/state"] = answer
    made = read(f"{server.url}/state")
    assert made.status == "malformed"
    assert "more than a state may have" in made.message


def test_a_server_that_drips_is_not_waited_for(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "SECONDS", 0.3)
    server.routes["/state"] = raw(head(9999), *[b"x"] * 100, before=lambda: time.sleep(0.05))
    began = time.monotonic()
    made = read(f"{server.url}/state")
    assert (made.status, time.monotonic() - began < 3) == ("timeout", True)


def test_a_server_that_drips_its_headers_is_not_either(server: Server) -> None:
    page = web.page(f"{server.url}/state", None, ())
    server.routes["/state"] = raw(
        b"HTTP/1.1 200 OK\r\n", *[b"A"] * 100, before=lambda: time.sleep(0.05)
    )
    with pytest.raises(StateError, match="not read within"):
        within(page.source, 0.3, page.read)


def test_a_silent_server_is_given_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "QUIET", 0.1)
    monkeypatch.setattr(web, "TRIES", 1)
    server.routes["/state"] = raw(b"x", before=lambda: time.sleep(1))
    assert read(f"{server.url}/state").status == "timeout"


def test_a_host_that_is_not_there_is_told() -> None:
    made = read("http://127.0.0.1:1/state")
    assert (made.status, "refused" in made.message) == ("error", True)


def test_one_url_that_fails_does_not_stop_the_others(server: Server, tmp_path: Path) -> None:
    server.routes |= {"/a": status(500), "/b": body(STATE)}
    file = tmp_path / "c.tfstate"
    file.write_bytes(state(resource("aws_y", "n", instance()), lineage="another"))
    made = read_states([f"{server.url}/a", str(file), f"{server.url}/b"])
    assert [(one.source, one.status) for one in made] == [
        (f"{server.url}/a", "error"), (str(file), "ok"), (f"{server.url}/b", "ok"),
    ]  # fmt: skip


def test_a_certificate_that_is_not_trusted_is_refused(server: Server) -> None:
    made = read(server.url.replace("http:", "https:") + "/state")
    assert made.status == "error"
    assert "no safe connection" in made.message
    assert "SSL_CERT_FILE" in made.message


def test_what_a_query_holds_is_sent_and_not_shown(server: Server) -> None:
    server.routes["/state"] = body(STATE)
    first = f"{server.url}/state?sig=CANARY1#part"
    made = read_states([first, f"{server.url}/state?sig=CANARY2", first])
    assert [one.source for one in made] == [f"{server.url}/state?...", f"{server.url}/state?... #2"]
    assert sorted(server.paths()) == ["/state?sig=CANARY1", "/state?sig=CANARY2"]
    assert "CANARY" not in repr(made)
    assert "CANARY" not in repr(web.page(first, Secret("A: CANARY"), ()))


@pytest.mark.parametrize("url", [
    "https://user:CANARY@host/x", "https://user:CAN?CANARY@host/x", "https://:CANARY@host/x", "https://CANARY@host",
    "https:///x", "https://", "https://host:port/x", "https://host/a b?CANARY", "https://host/\n?CANARY",
    "https://[host/x", "https://u:p/CANARY@host",
])  # fmt: skip
def test_a_url_with_a_password_or_without_sense_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(StateError, match="not a URL that can be asked for") as caught:
        read(url)
    assert caught.value.kind == "unsupported"
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize("line", [
    "CANARY", "Name CANARY", ": CANARY", "Na me x: CANARY", "Name: CANARY\x01",
    "Name: CANARYü", "(x): CANARY",
])  # fmt: skip
def test_a_header_that_is_none_is_refused_and_not_shown(line: str) -> None:
    with pytest.raises(SettingsError, match="state_headers") as caught:
        read("https://host/x", headers=f"Good: x\n{line}")
    assert "CANARY" not in str(caught.value)
    assert caught.value.exit_code == USAGE


def test_headers_go_to_the_host_before_them_alone(server: Server, other: Server) -> None:
    server.routes["/state"] = other.routes["/state"] = body(STATE)
    headers = f"\n{server.host} PRIVATE-TOKEN: {TOKEN}\n{other.host}  Authorization: Bearer b\n"
    read(f"{server.url}/state", f"{other.url}/state", headers=headers)
    assert (server.header("private-token"), server.header("authorization")) == ([TOKEN], [None])
    assert (other.header("private-token"), other.header("authorization")) == ([None], ["Bearer b"])


def test_a_header_without_a_host_is_not_sent_to_two(server: Server, other: Server) -> None:
    with pytest.raises(SettingsError, match="for one host") as caught:
        read(f"{server.url}/state", f"{other.url}/state", headers=f"PRIVATE-TOKEN: {TOKEN}")
    assert TOKEN not in str(caught.value)
    assert (server.asked, other.asked) == ([], [])


def test_a_state_that_changes_meanwhile_is_read_again(server: Server) -> None:
    newer = state(resource("aws_x", "n", instance()), serial=4)
    server.routes["/state"] = in_turn(
        body(STATE, ETag='"3"'), body(newer, ETag='"4"'), body(newer, ETag='"4"'), status(304)
    )
    assert read(f"{server.url}/state").serial == 4
    assert server.header("if-none-match") == [None, '"3"', None, '"4"']


def test_a_state_that_always_changes_is_not_believed(server: Server) -> None:
    states = [body(state(serial=n), ETag=f'"{n}"') for n in range(9)]
    server.routes["/state"] = in_turn(*states)
    made = read(f"{server.url}/state")
    assert (made.status, len(server.asked)) == ("changing", 6)
    assert "changed each of the 3 times" in made.message


def test_a_server_that_gives_the_same_without_304_has_not_changed(server: Server) -> None:
    server.routes["/state"] = body(STATE, ETag='W/"3"')
    assert read(f"{server.url}/state").status == "ok"
    assert len(server.asked) == 2
