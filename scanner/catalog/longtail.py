"""The types that the catalog does not collect and that are known by their ARN alone: `data/longtail.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache

import msgspec

from scanner.catalog.names import aliases
from scanner.catalog.spec import FOLDER

FILE = FOLDER.with_name("data") / "longtail.toml"


class Listed(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"globally": "global"}
):
    """A type as CloudFormation calls it, and the IAM actions of its list."""

    cfn: str
    needs: tuple[str, ...]
    globally: bool = False
    """Listed once an account, and not in every region."""


@lru_cache(maxsize=1)
def longtail() -> Mapping[str, Listed]:
    """By Terraform type; what the catalog has come to collect is no longer here."""
    found = msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8")), dict[str, Listed])
    return {name: listed for name, listed in found.items() if name not in aliases()}
