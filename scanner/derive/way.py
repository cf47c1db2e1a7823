"""A way from an alarm towards somebody, with the first hop of it that is broken, and the best of several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

Verdict = Literal["yes", "no", "unknown"]
HOPS = ("alarm", "action", "target", "subscription", "endpoint", "person", "")
"""The hops in their order; `` stands for a way on which none is broken."""
RANK: Mapping[str, int] = {"no": 0, "unknown": 1, "yes": 2}


@dataclass(frozen=True, slots=True)
class Way:
    """One way from an alarm towards somebody."""

    verdict: Verdict
    broken: str
    """The first hop that is broken, or could not be seen; `` where none is."""
    says: str
    path: tuple[str, ...] = ()
    """What it goes through, as far as it goes."""

    def past(self, *before: str) -> Way:
        """The same way, seen from further back."""
        return replace(self, path=(*before, *self.path))


def best(ways: Iterable[Way], otherwise: Way) -> Way:
    """The way that gets furthest."""

    def far(way: Way) -> tuple[int, int, int]:
        return RANK[way.verdict], HOPS.index(way.broken), len(way.path)

    ordered = sorted(ways, key=lambda way: (way.path, way.says))
    return max(ordered, key=far) if ordered else otherwise
