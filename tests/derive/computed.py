"""Writes which attributes nobody can declare: scanner/catalog/data/computed.txt.

    python -m tests.derive.computed

From the provider's schema (fixtures/provider/attributes.csv.gz) for the types of the catalog, top-level
attributes that are computed and neither required nor optional: what Terraform may call drift, and no person
asked for.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from pathlib import Path

from scanner.catalog import aliases
from scanner.derive.reasons import COMPUTED

PROVIDER = Path(__file__).parents[2] / "fixtures" / "provider" / "attributes.csv.gz"


def made() -> str:
    """The file as it has to be: a line a type, its name and then its attributes."""
    found: dict[str, set[str]] = defaultdict(set)
    with gzip.open(PROVIDER, "rt", encoding="utf-8", newline="") as file:
        for type_, depth, name, _, flags in csv.reader(file):
            if type_ in aliases() and depth == "0" and "C" in flags and not set("RO") & set(flags):
                found[type_].add(name)
    return "".join(f"{type_} {' '.join(sorted(found[type_]))}\n" for type_ in sorted(found))


if __name__ == "__main__":
    COMPUTED.write_text(made(), encoding="utf-8")
