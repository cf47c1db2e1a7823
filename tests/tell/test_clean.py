"""Invisible characters are written out, everything else stays."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.tell.clean import clean, clean_json, mixes_alphabets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("payments", "payments"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\x9bb", r"a\x9bb"),
        ("user\u202etxt", r"user\u202etxt"),
        ("pay\u200bments", r"pay\u200bments"),
        ("pay\u200dments", r"pay\u200dments"),
        ("a\x00b", r"a\x00b"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("a\ud800b", r"a\ud800b"),
        ("\U000e0041", r"\U000e0041"),
        ("Żółć 水 فريق", "Żółć 水 فريق"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        ("e\u0301", "e\u0301"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_lines_keep_newlines_and_tabs_only() -> None:
    assert clean("a\n\tb\rc", lines=True) == "a\n\tb\\rc"


def test_stacked_marks_are_written_out() -> None:
    assert "\u0335" not in clean("Z" + "\u0335" * 30)


@given(st.text(st.characters()))
@settings(deadline=None)
def test_nothing_invisible_is_left(text: str) -> None:
    for char in clean(text):
        assert unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"}
        assert unicodedata.bidirectional(char) not in {"RLO", "LRO", "RLE", "LRE", "RLI", "LRI"}


@given(st.text(st.characters()))
@settings(deadline=None)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text())
@settings(deadline=None)
def test_a_cleaned_document_says_the_same(text: str) -> None:
    document = clean_json(json.dumps([text], ensure_ascii=False))
    assert json.loads(document) == [text]
    assert not set(document) & set("\x1b\x7f\x9b\u202e\u2028\ufeff\U000e0041")


def test_look_alikes_are_noticed() -> None:
    assert mixes_alphabets("\u0440ayments")
    assert not mixes_alphabets("payments")
    assert not mixes_alphabets("платежи")
