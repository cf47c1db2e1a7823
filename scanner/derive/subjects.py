"""What findings can be about: every actual resource, and every declared one that is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scanner.derive.matching import Actual, Matching
from scanner.subject import Subject


def subjects(rows: Sequence[Actual], matching: Matching) -> dict[str, Subject]:
    """By resource, the actual ones first."""
    found = {}
    for row in rows:
        claims = matching.by_resource.get(row.resource)
        found[row.resource] = Subject(
            row.resource, row.type, row.id, row.name, row.account, row.region,
            claims[0].declared.address if claims else None,
        )  # fmt: skip
    for match in matching.matches:
        if match.resource is None and match.status == "missing":
            uid, address = match.uid, match.declared.address
            held = found.get(uid)
            if held is None:
                name = str(match.declared.attributes.get("name") or match.key)
                found[uid] = Subject(
                    uid, match.type, match.key, name, match.account, match.region, address
                )
            elif held.address is None:
                found[uid] = replace(held, address=address)  # there, but as good as deleted
    return found
