"""Which types can name a KMS key, and in which of their attributes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from scanner.catalog.spec import load

KEY = re.compile(r"(^|_)(kms_(master_)?key(_(id|arn|identifier))?|encryption_key|key_arn)$")
ALSO: Mapping[str, tuple[str, ...]] = {"aws_ssm_parameter": ("key_id",)}
"""Attributes that name a key and are called otherwise."""


@lru_cache(maxsize=1)
def naming() -> Mapping[str, tuple[str, ...]]:
    """The types that can name a key, each with its attributes that do, or that hold one that does."""
    found = {}
    for kind in load().values():
        if kind.type.startswith("aws_kms_") or kind.part:
            continue  # what a part says stands on the whole too
        names = tuple(
            n for n, a in kind.kept.items() if _names(n, a) or n in ALSO.get(kind.type, ())
        )
        if names:
            found[kind.type] = names
    return found


def _names(name: str, attribute: Any) -> bool:
    return bool(KEY.search(name)) or any(_names(n, inner) for n, inner in attribute.of.items())
