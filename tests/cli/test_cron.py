"""What a scan tells machines: a watcher of cron jobs, and whoever reads its log."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.log import Log
from scanner.cli.ping import pinged
from scanner.cli.scan import run
from scanner.errors import BUG, GATE_FAILED, INTERRUPTED, PASSED, SettingsError, StateError
from scanner.scan import Scanned
from scanner.settings import Secret, Settings
from tests.tell import sample


class Watcher(HTTPServer):
    """Keeps the paths that it was asked for."""

    asked: list[str]


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = Watcher(("127.0.0.1", 0), Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def url(watcher: Watcher) -> Secret:
    return Secret(f"http://127.0.0.1:{watcher.server_port}/hidden/")


@pytest.mark.parametrize("code", [PASSED, GATE_FAILED, BUG])
def test_the_watcher_is_told_of_the_start_and_of_every_ending(code: int, watcher: Watcher) -> None:
    notes: list[str] = []
    with pinged(url(watcher), notes.append) as ending:
        assert watcher.asked == ["/hidden/start"]
        ending.exit_code = code
    assert watcher.asked == ["/hidden/start", f"/hidden/{code}"]
    assert notes == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StateError("no such state", hint="x"), StateError.exit_code),
        (KeyboardInterrupt(), INTERRUPTED),
        (RuntimeError(), BUG),
    ],
)
def test_the_watcher_is_told_of_a_scan_that_broke(
    error: BaseException, code: int, watcher: Watcher
) -> None:
    with pytest.raises(type(error)), pinged(url(watcher), print):
        raise error
    assert watcher.asked == ["/hidden/start", f"/hidden/{code}"]


def test_a_watcher_that_is_away_is_noted_and_its_url_is_not() -> None:
    notes: list[str] = []
    with pinged(Secret("http://127.0.0.1:9/hidden"), notes.append):
        pass
    assert len(notes) == 2
    assert not any("hidden" in note or "127.0.0.1" in note for note in notes)


def test_a_url_that_is_none_is_refused_before_anything_runs() -> None:
    with pytest.raises(SettingsError, match="ping_url"), pinged(Secret("file:///etc"), print):
        pytest.fail("the scan ran")


def test_the_log_is_an_object_a_line_and_the_last_one_sums_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = sample.mixed()

    def scan(*_: Any, note: Any, **__: Any) -> Scanned:
        note("line one\nline \x1b[2J two")
        return Scanned(tmp_path / "s.duckdb", report, [], {"collect": 1.5})

    monkeypatch.setattr("scanner.scan.scan", scan)
    out = tmp_path / "findings.json"
    settings = Settings(fail_on="low", out=(str(out),))
    assert run(settings, None, Log("json"), quiet=True) == GATE_FAILED
    said = capsys.readouterr()
    assert said.out == ""
    assert "\x1b" not in said.err
    warning, summary = (json.loads(line) for line in said.err.splitlines())
    assert (warning["level"], warning["message"]) == ("warning", "line one\nline \x1b[2J two")
    assert summary["exit_code"] == GATE_FAILED
    assert summary["scan"] == report.scan.id
    assert summary["seen_percent"] == report.coverage.percent
    told = json.loads(out.read_text())["findings"]
    assert sum(summary["open"].values()) == sum(f["status"] in ("new", "standing") for f in told)
    assert summary["open"]["critical"] == sum(
        f["severity"] == "critical" and f["status"] in ("new", "standing") for f in told
    )
    assert summary["seconds"] == {"collect": 1.5}
    assert summary["reports"] == [str(out)]
