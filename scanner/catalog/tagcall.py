"""Which call of a type gives tags and nothing else: the one that the tagging API can stand for."""

from __future__ import annotations

from functools import cache

from scanner.catalog.path import words
from scanner.catalog.spec import Call, load

READ_OF_ITEMS = (
    "id", "arn", "name", "key", "created", "region", "ignore", "default", "service", "spawned", "gone",
)  # fmt: skip
"""Keys of a type, beside `tags`, whose paths are read from its items."""


@cache
def tag_call(type_: str) -> Call | None:
    """The call that is made for each item and gives its tags alone; None where there is none, or no ARN by
    which the tagging API could say the same."""
    kind = load()[type_]
    into, *inner = kind.tags.split(".")
    if not kind.arn or not all(part.isidentifier() for part in (into, *inner)):
        return None
    read = [str(getattr(kind, key)) for key in READ_OF_ITEMS]
    read += [link.id for link in kind.belongs_to]
    read += [repr(attribute) for attribute in kind.kept.values()]
    read += [repr(call) for call in kind.each if call.into != into]
    elsewhere = words(" ".join(read))
    for call in kind.each:
        if call.into == into and not (call.match or call.once) and into not in elsewhere:
            return call
    return None
