"""Which entry of grants.yaml tells of which grant.

In: the grants, and the entries. Out: a `GrantRecord` for each grant that one tells of; where several do, the
one that names the policy, which is the nearer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from scanner.derive.grants import Grant
from scanner.directory import Recorded

OWN = ("inline", "attached", "group", "permission_set")


@dataclass(frozen=True, slots=True)
class GrantRecord:
    """What was written down of one grant."""

    principal: str
    document: str
    given_by: str
    requested_by: str
    approved_by: str
    reason: str
    ticket: str
    granted: str
    ends: str | None
    """The first moment after its last day; None: it was granted for ever."""
    written: str


def grant_records(grants: Iterable[Grant], recorded: Sequence[Recorded]) -> list[GrantRecord]:
    """The records of all grants that have one, in the grants' order."""
    by_principal: dict[str, list[Recorded]] = defaultdict(list)
    for one in recorded:
        by_principal[one.principal].append(one)
    found = []
    for grant in grants:
        if grant.via not in OWN:
            continue
        told = [one for one in by_principal.get(grant.principal, ()) if _tells(one, grant)]
        # a record of a group tells of what its members have through it
        told = told or [
            one for one in by_principal.get(grant.through or "", ()) if _tells(one, grant)
        ]
        if told:
            found.append(_record(grant, max(told, key=lambda one: bool(one.policy))))
    return found


def _tells(one: Recorded, grant: Grant) -> bool:
    return one.policy in ("", grant.document) or grant.document.endswith(f":{one.policy}")


def _record(grant: Grant, one: Recorded) -> GrantRecord:
    after = None if one.ends is None else f"{one.ends + timedelta(days=1)}T00:00:00Z"
    return GrantRecord(
        grant.principal, grant.document, grant.given_by, one.requested_by, one.approved_by,
        one.reason, one.ticket, str(one.granted), after, one.written,
    )  # fmt: skip
