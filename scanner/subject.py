"""What a finding can be about: a resource that is there, or one that is declared and is not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """A row of table `subjects`."""

    resource: str
    type: str
    id: str
    name: str
    account: str
    region: str
    address: str | None
