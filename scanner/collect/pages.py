"""All pages of one call, with a page loop that cannot run for ever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.catalog.path import getter
from scanner.catalog.spec import ResourceType
from scanner.collect.reply import MalformedReply

MOST_PAGES = 10_000
MOST_EMPTY = 50


def pages(client: Any, kind: ResourceType, params: Mapping[str, Any]) -> Iterator[list[Any]]:
    """The items of each page in turn.

    Raises MalformedReply where the answer lacks the list itself (an absent key is not an empty list),
    where a page token comes back a second time, or where pages do not end.
    """
    find = getter(kind.items)
    key = kind.items.split(".")[0].split("[")[0]
    empty = 0
    for answer in answers(client, kind.operation, params):
        if key not in answer and not kind.may_omit:
            raise MalformedReply(f"{kind.list} answered without {key}")
        items = items_of(find(answer))
        empty = 0 if items else empty + 1
        if empty > MOST_EMPTY:
            raise MalformedReply(f"{kind.list} gave {empty} empty pages in a row")
        yield items


def answers(client: Any, operation: str, params: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The answer of each page; raises MalformedReply where a token comes twice or pages do not end."""
    if not client.can_paginate(operation):
        yield getattr(client, operation)(**params)
        return
    seen: set[str] = set()
    for count, answer in enumerate(client.get_paginator(operation).paginate(**params), 1):
        token = _token(answer)
        if token and token in seen:
            raise MalformedReply(f"{operation} gave the same page token twice")
        if count > MOST_PAGES:
            raise MalformedReply(f"{operation} did not end after {count} pages")
        seen.add(token)
        yield answer


def items_of(found: Any) -> list[Any]:
    """What a path pointed at, as a list; a path such as `Policy && [@]` answers false for nothing."""
    return found if isinstance(found, list) else [found] if found else []


def _token(answer: Mapping[str, Any]) -> str:
    names = ("NextToken", "nextToken", "Marker", "NextMarker", "marker", "position")
    return next((str(answer[name]) for name in names if answer.get(name)), "")
