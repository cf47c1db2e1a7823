"""Groups of Identity Center as teams: who is there to answer, where the scan could read it.

In: rows of the collector, and what was seen. Out: a `Directory` to lay beside those of files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from scanner.directory import Directory, Team
from scanner.seen import Seen

GROUP, MEMBERSHIP = "aws_identitystore_group", "aws_identitystore_group_membership"


def groups(rows: Iterable[Any], seen: Seen) -> Directory:
    """A team a group that has a name; nobody's only team is a group, so the directory is never whole.

    Its members are user ids, which say that somebody is there and no more; they are not known where the
    memberships were not read whole.
    """
    found: list[Any] = []
    members: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.type == GROUP and row.name:
            found.append(row)
        elif row.type == MEMBERSHIP and (user := row.attributes.get("member_id")):
            members[row.parent_id].append(user)
    return Directory(
        tuple(
            Team(
                group.name,
                members=tuple(members[group.id])
                if seen.listed(MEMBERSHIP, group.account, group.region, group.id) == ""
                else None,
                said_by="a group of Identity Center",
            )
            for group in found
        )
    )
