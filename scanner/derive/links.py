"""What a resource belongs to: the one it was found through, else the first of its links that exists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any


def belongs_to(rows: Sequence[Any], parents: Mapping[str, str]) -> dict[str, str]:
    """For each resource the resource it belongs to, where there is one.

    A link holds the other's Terraform id, name or ARN; it is looked up in the same account.
    """
    by_name: dict[tuple[str, str, str], list[Any]] = defaultdict(list)
    for row in rows:
        for name in {row.id, row.key, row.name, row.arn or ""}:
            if name:
                by_name[row.account, row.type, name].append(row)
    result = dict(parents)
    for row in rows:
        for type_, name in row.belongs_to:
            found = [
                other
                for other in by_name.get((row.account, type_, name), [])
                if other.region in (row.region, "global") or row.region == "global"
            ]
            if len({other.resource for other in found}) == 1 and found[0] is not row:
                result[row.resource] = found[0].resource
                break
    return result
