"""The nouns of this room: a state that was read, and a managed instance that it declares."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

NOTHING: Mapping[str, Any] = {}


@dataclass(slots=True)
class Declared:
    """One managed resource instance of a state."""

    source: str
    address: str
    type: str
    provider: str
    deposed: str
    """The deposed key, where the object is a leftover of a replacement; else ``."""
    tainted: bool
    sensitive: frozenset[str]
    """Top-level attributes that hold, or may hold, a secret."""
    id: str
    """Terraform's id."""
    arn: str
    """The ARN, where the type has one in its state."""
    account: str
    """The account of its identity, `` where the state does not say it this way."""
    region: str
    """The region of its identity, else of its own `region`; `` where the state does not say it."""
    packed: bytes = field(repr=False)
    """The attributes as JSON: as objects a state takes five times the memory, until the scan's end."""

    @classmethod
    def of(
        cls, attributes: Mapping[str, Any], identity: Mapping[str, Any] = NOTHING, **more: Any
    ) -> Declared:
        """An instance with these attributes.

        `identity` is what the provider itself says identifies the object (provider 6 with Terraform 1.12
        or later).
        """
        id_ = str(attributes.get("id") or "")
        arn, account = attributes.get("arn"), identity.get("account_id")
        if not (isinstance(arn, str) and arn.startswith("arn:")):
            arn = id_ if id_.startswith("arn:") else ""
        if not (isinstance(account, str) and re.fullmatch(r"\d{12}", account)):
            account = ""
        regions = (identity.get("region"), attributes.get("region"))
        region = next((r for r in regions if isinstance(r, str) and r), "")
        packed = msgspec.json.encode(attributes)
        return cls(id=id_, arn=arn, account=account, region=region, packed=packed, **more)

    @property
    def attributes(self) -> dict[str, Any]:
        """As in the state, secrets included: to compare in memory, never to store. Made at each call."""
        return _unpack(self.packed)

    def forget(self) -> None:
        """Let go of the attributes."""
        self.packed = b"{}"


_unpack = msgspec.json.Decoder(dict[str, Any]).decode


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
