"""The nouns of this room: a state that was read, and a managed instance that it declares."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Declared:
    """One managed resource instance of a state."""

    source: str
    address: str
    type: str
    provider: str
    deposed: str
    """The deposed key, where the object is a leftover of a replacement; else ``."""
    tainted: bool
    attributes: Mapping[str, Any] = field(repr=False)
    """As in the state, secrets included: for comparing in memory, never for storing."""
    sensitive: frozenset[str]
    """Top-level attributes that hold, or may hold, a secret."""
    identity: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What the provider itself says identifies the object (provider 6 with Terraform 1.12 or later)."""

    @property
    def id(self) -> str:
        """Terraform's id."""
        return str(self.attributes.get("id") or "")

    @property
    def arn(self) -> str:
        """The ARN, where the type has one in its state."""
        arn = self.attributes.get("arn")
        if isinstance(arn, str) and arn.startswith("arn:"):
            return arn
        return self.id if self.id.startswith("arn:") else ""

    @property
    def account(self) -> str:
        """The account of its identity, `` where the state does not say it this way."""
        account = self.identity.get("account_id")
        known = isinstance(account, str) and re.fullmatch(r"\d{12}", account)
        return account if known and isinstance(account, str) else ""

    @property
    def region(self) -> str:
        """The region of its identity, else of its own `region`; `` where the state does not say it."""
        for region in (self.identity.get("region"), self.attributes.get("region")):
            if isinstance(region, str) and region:
                return region
        return ""


@dataclass(frozen=True)
class State:
    """One state that was read, or the reason why it could not be."""

    source: str
    status: str
    message: str = ""
    serial: int | None = None
    lineage: str = ""
    terraform_version: str = ""
    digest: str = ""
    instances: tuple[Declared, ...] = ()
