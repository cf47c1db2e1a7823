"""All pages of one list call, with a page loop that cannot run for ever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.catalog.path import getter
from scanner.catalog.spec import ResourceType
from scanner.collect.reply import MalformedReply

MOST_PAGES = 10_000
MOST_EMPTY = 50
TOKENS = frozenset({"nexttoken", "marker", "nextmarker", "position", "nextpagetoken"})


def pages(client: Any, kind: ResourceType, params: Mapping[str, Any]) -> Iterator[list[Any]]:
    """The items of each page in turn.

    Raises MalformedReply where the answer lacks the list itself (an absent key is not an empty list),
    where page tokens come back a second time, where pages do not end, and where there is a further page
    that botocore does not know how to ask for.
    """
    operation = kind.operation
    find = getter(kind.items)
    key = kind.items.split(".")[0].split("[")[0]
    paged = client.can_paginate(operation)
    if paged:
        answers = client.get_paginator(operation).paginate(**params)
    else:
        answers = iter([getattr(client, operation)(**params)])
    empty = 0
    seen: set[tuple[tuple[str, str], ...]] = set()
    for count, answer in enumerate(answers, 1):
        if key not in answer and not kind.may_omit:
            raise MalformedReply(f"{kind.list} answered without {key}")
        items = find(answer)
        items = [] if items is None else items if isinstance(items, list) else [items]
        empty = 0 if items else empty + 1
        tokens = _tokens(answer)
        if tokens and tokens in seen:
            raise MalformedReply(f"{kind.list} gave the same page token twice")
        if tokens and not paged:
            raise MalformedReply(f"{kind.list} has more pages than can be asked for")
        if count > MOST_PAGES or empty > MOST_EMPTY:
            raise MalformedReply(f"{kind.list} did not end after {count} pages")
        seen.add(tokens)
        yield items


def _tokens(answer: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """All page tokens of an answer: some services repeat the one they were asked with (Route 53)."""
    return tuple(
        (name, str(answer[name]))
        for name in sorted(answer)
        if name.lower() in TOKENS and answer[name]
    )
