"""summary.md shows every name and obeys none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml

from scanner.model import Report
from scanner.tell.markdown import LIMIT, cell, code, escape

from . import sample
from .reading import rendered

CORPUS = sample.corpus()


def tokens(text: str) -> list[Any]:
    """Every token of the markdown, the inline ones included."""
    markdown_it = pytest.importorskip("markdown_it")
    found = []
    for token in markdown_it.MarkdownIt("commonmark").enable("table").parse(text):
        found.append(token)
        found.extend(token.children or [])
    return found


@pytest.mark.parametrize("estate", sample.ESTATES)
def test_it_starts_with_the_marker_and_states_what_was_seen(estate: str) -> None:
    text = rendered(sample.ESTATES[estate](), ".md")
    assert text.startswith("<!-- watchbill -->\n")
    assert sum(line.startswith("<!--") for line in text.splitlines()) == 1
    assert "Seen: **" in text


def test_what_was_not_seen_comes_before_the_findings() -> None:
    text = rendered(sample.incomplete(), ".md")
    assert text.index("could not see") < text.index("Open findings")
    assert "could not see" not in rendered(sample.mixed(), ".md")


def test_tables_keep_their_columns() -> None:
    for report in (sample.incomplete(), sample.hostile()):
        rows = [line for line in rendered(report, ".md").splitlines() if line.startswith("| ")]
        assert len(rows) > 10
        columns = {line.replace("\\|", "").count("|") - 1 for line in rows}
        assert columns <= {4, 5, 6}


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS.keys())
def test_no_name_becomes_markup(text: str) -> None:
    report = sample.hostile([text] * 4)
    found = tokens(rendered(report, ".md"))
    kinds = {token.type for token in found}
    assert not kinds & {"link_open", "image", "hr", "blockquote_open", "code_block"}
    html = {token.content for token in found if token.type.startswith("html")}
    known = {"<!-- watchbill -->", "<sub>", "</sub>", "</details>"}
    folded = "<details><summary>To excuse one of these for a while</summary>"
    assert {part.strip() for part in html} <= {*known, folded}
    fences = [token for token in found if token.type == "fence"]
    # two of the four are open: each has its block of waivers.yaml and nothing else has a fence
    assert [token.info for token in fences] == ["yaml", "yaml"]
    for token in fences:
        (entry,) = yaml.load(token.content, Loader=yaml.BaseLoader)
        assert entry["owner"] == text


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS.keys())
def test_no_name_pings_or_links(text: str) -> None:
    for token in tokens(escape(text)):
        if token.type == "text":
            for trigger in ("@h", "#1", "://", "www.", "GH-1", "!1", "~b", "$1"):
                assert trigger not in token.content


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS.keys())
def test_a_code_span_is_one_span(text: str) -> None:
    if not text.strip(" "):
        assert not code(text).strip("` ")
        return
    inline = [t for t in tokens(f"a {code(text)} b") if t.type not in {"inline", "text"}]
    assert [t.type for t in inline if "paragraph" not in t.type] == ["code_inline"]


def test_pipes_in_cells() -> None:
    assert cell("a|b") == "`a\\|b`"
    assert code("a|b") == "`a|b`"
    assert code("a`b") == "``a`b``"
    assert code("`") == "`` ` ``"
    assert code("") == ""


def test_it_is_bounded_whatever_the_names() -> None:
    long = "<" * 1000
    findings = tuple(replace(f, says=long, resource=long, address=long) for f in sample.FINDINGS)
    owners = tuple(
        replace(f, fingerprint=f"{n:024x}", owner=replace(f.owner, team=f"{long}{n}"))
        for n in range(40)
        for f in findings
    )
    report: Report = replace(sample.incomplete(), findings=owners, notes=(long,) * 50)
    text = rendered(report, ".md")
    assert len(text) <= LIMIT
    assert "more are in the report" in text
    assert text.endswith("</sub>\n")
    assert len(rendered(sample.many(3000), ".md")) <= LIMIT
