"""What an owner is told, as text that no name in it can turn into anything else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.model import Report
from scanner.tell import words
from scanner.tell.clean import clean

SHOWN = 12
"""Findings of one kind that a letter names; the rest is counted."""


def title(news: Any, report: Report) -> str:
    """One line: what happened, for whom."""
    said = [f"{words.number(len(found))} {kind}" for kind, found in news.told.items() if found]
    who = clean(news.team) if news.team else "nobody"
    return f"watchbill for {words.short(who, 80)}: {', '.join(said) or 'nothing new'}"


def body(news: Any, report: Report) -> str:
    """The letter: news by kind, and how much is open in all."""
    return "\n".join(_lines(news, report)) + "\n"


def _lines(news: Any, report: Report) -> Iterator[str]:
    for kind, found in news.told.items():
        if not found:
            continue
        yield f"{kind.capitalize()} ({words.number(len(found))})"
        for finding in found[:SHOWN]:
            age = words.age(finding.first_seen, report.scan.now)
            yield f"  {finding.severity}: {harmless(finding.says)} [{finding.rule}, {age}]"
            yield f"    {harmless(finding.address or finding.resource)}"
        if len(found) > SHOWN:
            yield f"  and {words.number(len(found) - SHOWN)} more"
        yield ""
    yield f"Open in all: {words.number(news.open)}, overdue: {words.number(news.overdue)}."
    if news.fallback:
        yield f"{words.plural(news.fallback, 'finding')} came to you only because nobody answers."
    if report.coverage.percent < 100:
        yield f"Seen: {words.seen(report.coverage)}. What was not seen is neither fixed nor well."
    yield f"Scan {report.scan.id}, {words.moment(report.scan.now)}."


def harmless(text: str) -> str:
    """Text in which no `@` calls anybody and no `<` begins a link or a mention."""
    shown = words.short(clean(text), 300)
    return shown.replace("@", "@\u200b").replace("<", "<\u200b")
