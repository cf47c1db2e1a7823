"""The nouns of matching: what it needs of either side, and what it makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from scanner.catalog import ResourceType, load
from scanner.catalog.path import fill


class Actual(Protocol):
    """What matching needs of an actual row (collect.rows.Row)."""

    resource: str
    type: str
    id: str
    key: str
    name: str
    arn: str | None
    account: str
    region: str
    origin: str
    parent_type: str
    parent_id: str
    attributes: dict[str, Any]
    tags: dict[str, str] | None
    unread: tuple[str, ...]
    belongs_to: tuple[tuple[str, str], ...]


class Instance(Protocol):
    """What matching needs of a declared instance (declared.Declared)."""

    source: str
    address: str
    type: str
    provider: str
    deposed: str
    attributes: Mapping[str, Any]

    @property
    def id(self) -> str: ...
    @property
    def arn(self) -> str: ...
    @property
    def account(self) -> str: ...
    @property
    def region(self) -> str: ...


class Seen(Protocol):
    """What the ledger knows (scanner.seen.Seen)."""

    def listed(self, type_: str, account: str, region: str, parent: str = "") -> str: ...
    def in_scope(self, account: str, region: str) -> bool: ...


@dataclass
class Match:
    """A declared instance and what became of it."""

    declared: Any
    type: str
    """The catalog's name of the type, or the state's own where the catalog has none."""
    account: str
    region: str
    key: str
    resource: Any | None = None
    status: str = ""
    """in_sync | changed | missing | not_compared | unreadable | out_of_scope | unsupported."""
    reason: str = ""
    parent: str = ""
    """The resource it is part of, where it is known."""

    @property
    def uid(self) -> str:
        """What a finding calls the resource: AWS's, else the declared ARN, else a uid like AWS's."""
        if self.resource is not None:
            return str(self.resource.resource)
        own = own_arn(self.declared, load().get(self.type))
        return own or f"{self.account}/{self.region}/{self.type}/{self.key}"


@dataclass
class Matching:
    """All matches, the class of every actual resource, and who is declared where."""

    matches: list[Match] = field(default_factory=list)
    classes: dict[str, str] = field(default_factory=dict)
    by_resource: dict[str, list[Match]] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    """Resource to the resource it is part of or was found through."""
    spoken_for: set[tuple[str, str]] = field(default_factory=set)
    """Type and parent of every child that is declared by itself."""
    claimed: set[tuple[str, str]] = field(default_factory=set)
    """Type and id of everything that a declared instance of another type names as its own."""


def of_state(template: str, attributes: Mapping[str, Any]) -> Any:
    """A template filled from a state, None where the state holds something it cannot be filled from."""
    try:
        return fill(template, attributes)
    except ValueError:
        return None


def own_arn(instance: Instance, kind: ResourceType | None) -> str:
    """The instance's own ARN: where its type has none, `arn` names something else (a target's target)."""
    return instance.arn if kind is None or kind.arn else ""
