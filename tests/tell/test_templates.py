"""Rules that every template keeps, so that escaping cannot be forgotten."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scanner import shipped

ROOT = Path(__file__).parents[2]
REPORTS = shipped.reports()
PAGES = sorted(REPORTS.rglob("*.html"))
ASSETS = sorted((REPORTS / "assets").iterdir())
CODE = sorted((ROOT / "scanner" / "tell").glob("*.py"))


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [*PAGES, REPORTS / "pull-request.md"], ids=lambda p: p.name)
def test_no_template_switches_escaping_off(path: Path) -> None:
    assert not re.search(r"\|\s*safe\b|autoescape|Markup|\{%-?\s*raw", read(path))


@pytest.mark.parametrize("path", CODE, ids=lambda p: p.name)
def test_no_code_marks_text_as_safe(path: Path) -> None:
    assert not re.search(r"\bMarkup\b|\bmarkupsafe\b|autoescape=False", read(path))


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_attributes_are_quoted_and_carry_no_style_or_handler(path: Path) -> None:
    text = read(path)
    assert not re.search(r"=\{[{%]", text)
    assert not re.search(r"<[a-z][^>]*\s(style|on\w+|src|srcset|srcdoc)=", text)
    assert not re.search(r"https?:", text)


@pytest.mark.parametrize("path", ASSETS, ids=lambda p: p.name)
def test_assets_are_plain_and_load_nothing(path: Path) -> None:
    text = read(path)
    assert not re.search(r"\{\{|\{%|\{#", text)
    assert not re.search(r"https?:|//\w|@import|url\(|</", text)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", text)
    assert not re.search(r"\bfetch\(|XMLHttpRequest|localStorage|\bimport\b", text)
