"""IAM's own actions: which there are, how far each reaches, and which of them a pattern stands for.

The data are a pinned file (tests/catalog/actions.py compiles it); actions that AWS has retired stay in
it, because policies go on naming them. What a policy names and the file does not know is unknown, and
nothing more.
"""

from __future__ import annotations

import gzip
import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("iam") / "actions.json.gz"
LEVELS = {"L": "list", "R": "read", "W": "write", "T": "tagging", "P": "permissions"}
WILD = re.compile(r"[*?]")


@dataclass(frozen=True)
class Actions:
    """The catalogue: names in lower case, as IAM compares them."""

    date: str
    """Of the data it was compiled from."""
    levels: Mapping[str, str]
    """Action to list | read | write | tagging | permissions."""
    retired: Mapping[str, str]
    """Action to the date of the data that no longer has it."""
    names: Mapping[str, str]
    """Action as AWS writes it."""
    order: Sequence[str]
    """All of them, sorted."""

    def known(self, action: str) -> bool:
        """Whether there is, or was, such an action."""
        return action.lower() in self.levels


@lru_cache(maxsize=1)
def catalogue() -> Actions:
    """The shipped catalogue."""
    return of(json.loads(gzip.decompress(FILE.read_bytes())))


def of(data: Mapping[str, object]) -> Actions:
    """The catalogue in the file's data."""
    held: dict[str, tuple[str, str]] = {}
    retired: dict[str, str] = {}
    services: Mapping[str, Mapping[str, Sequence[str]]] = data["actions"]  # type: ignore[assignment]
    gone: Mapping[str, tuple[str, str]] = data["retired"]  # type: ignore[assignment]
    for service, by_level in services.items():
        for level, names in by_level.items():
            for name in names:
                held[f"{service}:{name}".lower()] = (LEVELS[level], f"{service}:{name}")
    for name, (level, date) in gone.items():
        held.setdefault(name.lower(), (LEVELS[level], name))
        retired[name.lower()] = date
    return Actions(
        date=str(data["date"]),
        levels={action: level for action, (level, _) in held.items()},
        retired=retired,
        names={action: name for action, (_, name) in held.items()},
        order=sorted(held),
    )


def expansions(patterns: Iterable[str], order: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(pattern, name) for each of the sorted lower-case names that a pattern (lower case) stands for.

    A search for the text before the first wildcard: comparing every pattern with every name takes a
    hundred times as long.
    """
    for pattern in patterns:
        for name in matching(pattern, order):
            yield pattern, name


def matching(pattern: str, order: Sequence[str]) -> Sequence[str]:
    """The names of a sorted list that a pattern stands for; `*` and `?` are its only wildcards."""
    found = WILD.search(pattern)
    if found is None:
        at = bisect_left(order, pattern)
        return order[at : at + 1] if at < len(order) and order[at] == pattern else ()
    prefix = pattern[: found.start()]
    # nothing in a name or an ARN sorts behind this
    within = order[bisect_left(order, prefix) : bisect_left(order, prefix + "\U0010ffff")]
    if pattern == prefix + "*":
        return within
    fits = expression(pattern).fullmatch
    return [name for name in within if fits(name)]


@lru_cache(maxsize=65536)
def expression(pattern: str) -> re.Pattern[str]:
    """A pattern of IAM's as a regular expression."""
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.compile("".join(parts), re.DOTALL)
