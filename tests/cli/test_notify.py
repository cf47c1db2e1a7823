"""`watchbill notify`: to a server on this machine, once, and without a secret anywhere."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scanner.cli import run
from scanner.errors import INCOMPLETE, PASSED, USAGE
from scanner.model import Owner
from scanner.store.snapshot import Writer, new_id
from tests.judge.made import finding
from tests.judge.test_news import report

SECRET = "s3cr3t-t0ken"


@pytest.fixture
def server() -> Iterator[Any]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            self.server.got.append((self.path, json.loads(self.rfile.read(length))))  # type: ignore[attr-defined]
            self.send_response(self.server.answer)  # type: ignore[attr-defined]
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    running: Any = HTTPServer(("127.0.0.1", 0), Handler)
    running.got, running.answer = [], 200
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def folder(tmp_path: Path, server: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with one scan: payments, search and nobody have findings."""
    made = report(
        _owned(finding("a", says="the queue @channel <!here> has no owner"), "payments"),
        _owned(finding("b"), "search"),
        _owned(finding("c"), None),
        previous=None,
    )
    with Writer(tmp_path / "store", new_id(_moment())) as writer:
        document = msgspec.json.encode(made).decode().replace('"id":"b"', f'"id":"{writer.id}"', 1)
        writer.insert("report", [{"document": document}])
        writer.publish()
    monkeypatch.setenv("SEARCH_HOOK", f"json://127.0.0.1:{server.server_port}/{SECRET}/search")
    (tmp_path / "teams.yaml").write_text(
        f"""\
teams:
  payments: {{channels: ["json://127.0.0.1:{server.server_port}/{SECRET}/payments"]}}
  search: {{channels: ["env:SEARCH_HOOK"]}}
"""
    )
    (tmp_path / "watchbill.yaml").write_text("teams: [teams.yaml]\nstore: store\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _owned(finding: Any, team: str | None) -> Any:
    return replace(finding, owner=Owner(team, "tag team", "valid" if team else "missing"))


def _moment() -> Any:
    return datetime(2026, 11, 23, tzinfo=UTC)


def test_nothing_is_sent_unless_it_is_asked_for(
    folder: Path, server: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["notify"]) == PASSED
    assert run(["notify", "--dry-run"]) == PASSED
    assert server.got == []
    out = capsys.readouterr()
    assert "watchbill for payments: 1 first seen" in out.out
    assert "nothing was sent" in out.err
    assert not (folder / "store" / "told.json").exists()
    assert run(["notify", "--send", "--dry-run"]) == USAGE


def test_one_digest_an_owner_and_none_twice(
    folder: Path, server: Any, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    # nobody has no channel, and that is said
    assert run(["notify", "--send"]) == INCOMPLETE
    assert [path for path, _ in server.got] == [f"/{SECRET}/payments", f"/{SECRET}/search"]
    message = server.got[0][1]
    assert message["title"] == "watchbill for payments: 1 first seen"
    assert "@channel" not in message["message"]
    assert "<!here>" not in message["message"]
    said = capsys.readouterr()
    assert "nobody owns these" in said.err
    assert run(["notify", "--send"]) == INCOMPLETE
    assert len(server.got) == 2
    # the token stands in no output, no log of ours or of Apprise, and no file of the store
    texts = [said.out, said.err, *capsys.readouterr()]
    texts += [r.getMessage() for r in caplog.records if not r.name.startswith("urllib3")]
    assert not any(SECRET in text for text in texts)
    held = [path for path in (folder / "store").rglob("*") if path.is_file()]
    assert [path for path in held if SECRET.encode() in path.read_bytes()] == []
    assert "payments" in (folder / "store" / "told.json").read_text()


def test_what_was_not_taken_is_told_again(
    folder: Path, server: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer = 500
    monkeypatch.delenv("SEARCH_HOOK")
    assert run(["notify", "--send"]) == INCOMPLETE
    said = capsys.readouterr().err
    assert "json: it was not taken" in said
    assert "the variable SEARCH_HOOK is not set" in said
    assert SECRET not in said
    server.answer = 200
    run(["notify", "--send"])
    assert [path for path, _ in server.got if path.endswith("payments")]
    assert json.loads((folder / "store" / "told.json").read_text()).keys() == {"payments"}


def test_tickets_are_files(folder: Path) -> None:
    assert run(["notify", "--out", "tickets"]) == PASSED
    names = sorted(
        path.relative_to(folder / "tickets").parts for path in (folder / "tickets").rglob("*.md")
    )
    assert {host for host, _ in names} == {"github", "jira"}
    assert len(names) == 6
    text = next((folder / "tickets" / "github").glob("payments-*.md")).read_text()
    assert text.startswith("# watch/made: 1 resource\n")
    assert "- [ ] low: the queue" in text
    assert "@channel" not in text
    assert "mend it" in text


def test_a_broken_record_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "store" / "told.json").write_text("[1")
    assert run(["notify"]) == USAGE
    assert "told.json" in capsys.readouterr().err
