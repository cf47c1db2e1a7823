"""What is written for five estates, byte for byte; see `pytest --update-golden`."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from scanner.tell import terminal

from . import sample
from .reading import rendered, tree

OUTPUTS = {
    "findings.json": ".json",
    "findings.sarif": ".sarif",
    "findings.csv": ".csv",
    "grants.csv": "grants.csv",
    "junit.xml": ".xml",
    "summary.md": ".md",
    "report.html": ".html",
}

ESTATES = {**sample.ESTATES, "hostile": lambda: sample.hostile(list(sample.corpus().values())[::9])}


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("estate", ESTATES)
def test_output(estate: str, output: str, golden: Callable[[str, bytes], None]) -> None:
    text = rendered(ESTATES[estate](), OUTPUTS[output])
    golden(f"{estate}/{output}", text.encode())


@pytest.mark.parametrize("estate", ESTATES)
def test_terminal(estate: str, golden: Callable[[str, bytes], None]) -> None:
    out = io.StringIO()
    terminal.render(ESTATES[estate](), out)
    golden(f"{estate}/terminal.txt", out.getvalue().encode())


def test_tree(golden: Callable[[str, bytes], None]) -> None:
    for name, text in tree(sample.incomplete()).items():
        golden(f"incomplete/tree/{name}", text.encode())
