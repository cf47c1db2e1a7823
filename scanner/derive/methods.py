"""The ways by which a principal becomes more than it was made (methods.toml), as rows to join."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

WAYS = (
    "write", "policy", "become", "join", "assume", "pass", "carrier", "boundary", "deny", "sets",
)  # fmt: skip


@dataclass(frozen=True)
class Method:
    """One set of actions that does it."""

    id: str
    """`way: actions`, and the service."""
    way: str
    primary: str
    """The action whose Resource is the target, in lower case."""
    others: tuple[str, ...]
    on: str
    """user | role | group | policy | `` for what is no part of IAM."""
    service: str
    profile: bool
    weak: str
    says: str
    names: tuple[str, ...]
    """All its actions as AWS writes them, the primary first."""
    carriers: tuple[Mapping[str, str], ...]
    arns: tuple[str, ...]
    """`SERVICE:BEGINNING` of the ARNs that the primary is done to, where they carry the role."""
    retired: bool

    @property
    def actions(self) -> frozenset[str]:
        """All its actions, in lower case."""
        return frozenset({self.primary, *self.others})


@lru_cache(maxsize=1)
def every() -> Sequence[Method]:
    """Every set of the file, those of retired services and those that hold another set too."""
    text = Path(__file__).with_name("methods.toml").read_text(encoding="utf-8")
    return [made for entry in tomllib.loads(text)["method"] for made in _made(entry)]


@lru_cache(maxsize=1)
def methods() -> Sequence[Method]:
    """The sets that are looked for: AWS still has the service, and they hold no smaller set that will do."""
    current = [m for m in every() if not m.retired]
    return [m for m in current if not any(_makes_needless(other, m) for other in current)]


def _made(entry: Mapping[str, Any]) -> list[Method]:
    found = []
    for text in entry["sets"]:
        names = text.split() if entry["way"] != "pass" else ["iam:PassRole", *text.split()]
        lower = [name.lower() for name in names]
        found.append(
            Method(
                id=" ".join([*names, *([f"({entry['service']})"] if "service" in entry else [])]),
                way=entry["way"],
                primary=lower[0],
                others=tuple(lower[1:]),
                on="role" if entry["way"] == "pass" else entry.get("on", ""),
                service=entry.get("service", ""),
                profile=entry.get("profile", False),
                weak=entry.get("weak", ""),
                says=entry["says"],
                names=tuple(names),
                carriers=tuple(entry.get("carriers", ())),
                arns=tuple(entry.get("arns", ())),
                retired=entry.get("retired", False),
            )
        )
    return found


def _makes_needless(some: Method, other: Method) -> bool:
    same = (some.way, some.service, some.primary) == (other.way, other.service, other.primary)
    easier = not some.weak and (not some.profile or other.profile)
    return same and easier and some.actions < other.actions
