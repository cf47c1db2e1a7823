"""What the Terraform AWS provider says about its types: the facts file, and paths into a state.

`python -m tests.catalog.provider SOURCE` cuts the file anew; see fixtures/provider/README.md.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).parents[2] / "fixtures" / "provider" / "attributes.csv.gz"


@dataclass
class Field:
    """One attribute or block of a type; a type itself is the field that holds all of them."""

    name: str
    schema: str = "block"
    """string, number, bool, list(...), set(...), map(...), object(...), block:list<= 1 ..."""
    flags: str = ""
    """R required, O optional, C computed, S sensitive, D deprecated."""
    members: dict[str, Field] = field(default_factory=dict)

    @property
    def computed_only(self) -> bool:
        """Whether nobody can declare it."""
        return "C" in self.flags and not set("RO") & set(self.flags)

    @property
    def sensitive(self) -> bool:
        """Whether the provider calls it a secret."""
        return "S" in self.flags

    @property
    def block(self) -> bool:
        """Whether it holds members, known (a block) or not (an object)."""
        return self.schema.startswith("block") or "object(" in self.schema

    @property
    def unordered(self) -> bool:
        """Whether it is a set of more than one element."""
        return self.schema.startswith(("set(", "block:set")) and not self.schema.endswith("<= 1")


@lru_cache(maxsize=1)
def types() -> dict[str, Field]:
    """Every resource type of the provider by its name."""
    found: dict[str, Field] = {}
    path: list[Field] = []
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        for type_, depth, name, schema, flags in csv.reader(file):
            if type_ not in found:
                found[type_] = Field(type_)
            del path[int(depth) :]
            holder = path[-1] if path else found[type_]
            holder.members[name] = Field(name, schema, flags)
            path.append(holder.members[name])
    return found


def packed(rows: list[tuple[str, int, str, str, str]]) -> bytes:
    """The rows as the file holds them: the same bytes for the same rows."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return gzip.compress(text.getvalue().encode(), 9, mtime=0)


def cut(source: Path) -> bytes:
    """The facts file made of a table of every attribute with its full path, in any order."""
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        lines = [
            (line["type"], line["attribute"].split("."), line["schema_type"],
             line["config"] + line["sensitive"] + line["deprecated"])
            for line in csv.DictReader(file)
        ]  # fmt: skip
    lines.sort()
    return packed([(t, len(p) - 1, p[-1], schema, flags) for t, p, schema, flags in lines])


if __name__ == "__main__":
    FILE.write_bytes(cut(Path(sys.argv[1])))
