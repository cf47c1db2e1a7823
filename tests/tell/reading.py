"""Reports rendered to text, and pages taken apart, for the tests."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from scanner.model import Report
from scanner.tell import html
from scanner.tell.targets import renderer

VOID = {"meta", "input", "rect", "br", "wbr"}


def rendered(report: Report, name: str) -> str:
    """What the renderer of a suffix, or of a file of that name, writes, newlines untouched."""
    out = io.StringIO(newline="")
    renderer(Path(f"report{name}" if name.startswith(".") else name))(report, out)
    return out.getvalue()


def tree(report: Report) -> dict[str, str]:
    """Every page of the report tree by its name."""
    made = {}
    for name, render in html.pages(report):
        out = io.StringIO()
        render(report, out)
        made[name] = out.getvalue()
    return made


@dataclass
class Page(HTMLParser):
    """A page's elements in order, their attributes, and the text of each kind of element."""

    source: str
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.source)
        self.close()
        if self._open:
            self.problems.append(f"never closed: {self._open}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if len({name for name, _ in attrs}) != len(attrs):
            self.problems.append(f"attribute twice: {tag} {attrs}")
        if tag not in VOID:
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self.problems.append(f"</{tag}> inside {self._open[-3:]}")
        else:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.texts[tag][-1] += data

    def handle_comment(self, data: str) -> None:
        self.problems.append(f"comment: {data}")

    def handle_pi(self, data: str) -> None:
        self.problems.append(f"instruction: {data}")

    def unknown_decl(self, data: str) -> None:
        self.problems.append(f"declaration: {data}")

    @property
    def shapes(self) -> set[tuple[str, str]]:
        """Every element with each of its attributes' names."""
        shapes = {(tag, "") for tag, _ in self.elements}
        return shapes | {(tag, name) for tag, attrs in self.elements for name in attrs}

    def values(self, name: str) -> list[str]:
        """Every value of an attribute."""
        return [attrs[name] for _, attrs in self.elements if name in attrs]

    @property
    def findings(self) -> set[str]:
        """Fingerprints of the findings the page shows."""
        return {
            attrs["id"].removeprefix("f-")
            for tag, attrs in self.elements
            if tag == "details" and attrs.get("class") == "finding"
        }
