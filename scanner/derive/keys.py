"""What is encrypted with which KMS key: every attribute of every type that names one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from scanner.catalog.keys import KEY, naming


class KeyUse(NamedTuple):
    """One resource that needs one key."""

    resource: str
    type: str
    account: str
    """The key's, as is the region: the resource's own, unless the ARN says otherwise."""
    region: str
    key: str
    """Its id, or the name of an alias."""


def key_uses(rows: Sequence[Any]) -> list[KeyUse]:
    """Every use, once."""
    found = set()
    for row in rows:
        for name in naming().get(row.type, ()):
            said = row.attributes.get(name)
            texts = [said] if isinstance(said, str) else _inside(said)
            for text in texts:
                if text:
                    found.add(KeyUse(row.resource, row.type, *_key(text, row)))
    return sorted(found)


def _inside(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if isinstance(inner, str):
                if KEY.search(name):
                    yield inner
            else:
                yield from _inside(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _inside(inner)


def _key(text: str, row: Any) -> tuple[str, str, str]:
    """Account, region and id of the key that is meant."""
    account, region = row.account, row.region
    if text.startswith("arn:") and text.count(":") >= 5:
        region, account = text.split(":")[3:5]
    return account, region, text.rpartition("/")[2].rpartition(":")[2]
