"""The page of what is covered says what the catalog and the rules say."""

from __future__ import annotations

from scanner.catalog import load

from . import coverage


def test_the_page_is_up_to_date() -> None:
    held = coverage.PAGE.read_text(encoding="utf-8")
    assert held == coverage.page(), "run python -m tests.catalog.coverage"


def test_every_type_and_every_call_stands_on_the_page_once() -> None:
    page = coverage.page()
    for kind in load().values():
        (line,) = [line for line in page.splitlines() if line.startswith(f"| `{kind.type}`")]
        for call in ({kind.list} if kind.list else set()) | {c.call for c in kind.calls}:
            assert f"`{call}`" in line
    assert "[foreign-trust](../rules/access/foreign-trust.sql)" in page
