"""All pages of one call, with a page loop that cannot run for ever."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scanner.catalog.path import getter
from scanner.catalog.spec import ResourceType
from scanner.collect.reply import MalformedReply

MOST_PAGES = 10_000
MOST_EMPTY = 50
TOKENS = frozenset(
    {
        "nexttoken",
        "marker",
        "nextmarker",
        "position",
        "nextpagetoken",
        "nextcontinuationtoken",
        "paginationtoken",
    }
)


def pages(client: Any, kind: ResourceType, params: Mapping[str, Any]) -> Iterator[list[Any]]:
    """The items of each page in turn.

    Raises MalformedReply where the answer lacks the list itself (an absent key is not an empty list),
    where a page token comes back a second time, or where pages do not end.
    """
    find = getter(kind.items)
    key = first_key(kind.items)
    empty = 0
    for answer in answers(client, kind.operation, params, kind.next):
        # a structure around the list always says something, if only that the list has none
        if (key not in answer or answer[key] == {}) and not kind.may_omit:
            raise MalformedReply(f"{kind.list} answered without {key}")
        items = items_of(find(answer))
        empty = 0 if items else empty + 1
        if empty > MOST_EMPTY:
            raise MalformedReply(f"{kind.list} gave {empty} empty pages in a row")
        yield items


def answers(
    client: Any,
    operation: str,
    params: Mapping[str, Any],
    following: Mapping[str, str] | None = None,
) -> Iterator[Mapping[str, Any]]:
    """The answer of each page; `following` (ResourceType.next) asks on where botocore cannot.

    Raises MalformedReply where tokens come twice, where pages do not end, and where there is a further
    page that botocore does not know how to ask for.
    """
    if following:
        yield from _asked_on(client, operation, params, following)
        return
    if not client.can_paginate(operation):
        answer = getattr(client, operation)(**params)
        if _tokens(answer):
            raise MalformedReply(f"{operation} has more pages than can be asked for")
        yield answer
        return
    seen: set[tuple[tuple[str, str], ...]] = set()
    for count, answer in enumerate(client.get_paginator(operation).paginate(**params), 1):
        tokens = _tokens(answer)
        if tokens and tokens in seen:
            raise MalformedReply(f"{operation} gave the same page token twice")
        if count > MOST_PAGES:
            raise MalformedReply(f"{operation} did not end after {count} pages")
        seen.add(tokens)
        yield answer


def _asked_on(
    client: Any, operation: str, params: Mapping[str, Any], following: Mapping[str, str]
) -> Iterator[Mapping[str, Any]]:
    seen: set[str] = set()
    asked = dict(params)
    for _ in range(MOST_PAGES):
        answer = getattr(client, operation)(**asked)
        yield answer
        tokens = {name: getter(path)(answer) for name, path in following.items()}
        if not all(tokens.values()):
            return
        if repr(tokens) in seen:
            raise MalformedReply(f"{operation} gave the same page token twice")
        seen.add(repr(tokens))
        asked |= tokens
    raise MalformedReply(f"{operation} did not end after {MOST_PAGES} pages")


def first_key(path: str) -> str:
    """The key of the answer that a path begins with."""
    found = re.match(r"\w*", path)
    return found[0] if found else ""


def items_of(found: Any) -> list[Any]:
    """What a path pointed at, as a list; a path such as `Policy && [@]` answers false for nothing."""
    return found if isinstance(found, list) else [found] if found else []


def _tokens(answer: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """All page tokens together: some services repeat the one they were asked with (Route 53)."""
    return tuple(
        (name, str(answer[name]))
        for name in sorted(answer)
        if name.lower() in TOKENS and answer[name]
    )
