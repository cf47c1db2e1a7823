"""The summary fits a screen, moves no cursor and gives no pipeline an order."""

from __future__ import annotations

import io
import re

import pytest

from scanner.model import Report
from scanner.tell import terminal

from . import sample

CORPUS = sample.corpus()

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def shown(report: Report, out: io.StringIO | None = None) -> str:
    out = out or io.StringIO()
    terminal.render(report, out)
    return out.getvalue()


@pytest.mark.parametrize("report", [sample.mixed(), sample.incomplete(), sample.many(5000)])
def test_it_fits_a_screen(report: Report) -> None:
    lines = shown(report).splitlines()
    assert 10 < len(lines) <= 32
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("refused", [True, False])
@pytest.mark.parametrize("report", [sample.mixed(), sample.many(5000)])
def test_it_fits_the_smallest_screen_with_colours_or_without(
    report: Report, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    monkeypatch.setenv("TERM", "xterm")
    if refused:
        monkeypatch.setenv("NO_COLOR", "1")
    else:
        monkeypatch.delenv("NO_COLOR", raising=False)
    text = shown(report, Screen())
    assert bool(COLOUR.search(text)) != refused
    lines = COLOUR.sub("", text).splitlines()
    assert len(lines) <= 24 - terminal.BELOW
    assert max(map(len, lines)) <= 80
    assert "Owners:" in text
    assert text.count("[") >= 2


def test_it_says_the_verdict_what_was_seen_and_who() -> None:
    text = shown(sample.incomplete())
    assert text.startswith("watchbill: 13 findings need someone")
    assert "Seen: 98.7 % (407 of 412 calls)" in text
    assert "not seen: cloudwatch DescribeAlarms" in text
    assert "payments" in text
    assert "61.5 % of the open findings reach an owner (8 of 13" in text


def test_nothing_found() -> None:
    assert shown(sample.clean_estate()).splitlines() == [
        "watchbill: Nothing was found that needs someone, and everything that was asked of AWS came "
        "back.",
        "Seen: 100 % (412 of 412 calls), 0 not known.",
        "",
    ]


def test_colours_only_on_a_terminal_that_wants_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b" not in shown(sample.mixed())
    assert COLOUR.search(shown(sample.mixed(), Screen()))
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in shown(sample.mixed(), Screen())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in shown(sample.mixed(), Screen())


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS.keys())
def test_hostile_names_are_harmless(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    plain = COLOUR.sub("", shown(sample.hostile([text] * 4), Screen()))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", plain)
    assert "##" not in plain
    for line in plain.split("\n"):
        assert not line.strip().startswith("::")
        assert terminal.columns(line) <= 120


def test_lines_are_cut_by_columns_and_keep_their_end() -> None:
    cut = terminal.fitted("水" * 100 + "end", 40)
    assert terminal.columns(cut) <= 40
    assert cut.endswith("end")
    assert terminal.fitted("a" * 200, 50).count("…") == 1
    assert terminal.fitted("short", 50) == "short"
