"""Every name that Terraform has for a type of the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from scanner.catalog.spec import load


@lru_cache(maxsize=1)
def aliases() -> Mapping[str, str]:
    """Every Terraform type name that stands for a known type, to that type's name."""
    return {
        **{name: name for name in load()},
        **{other: name for name, kind in load().items() for other in kind.also},
    }
