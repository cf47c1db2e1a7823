"""What principals may do in one scan that they might not in another: gained and lost, in words.

In: rows of two snapshots (`HELD`, `SAID`). Out: a `Power` for each principal whose policies together say
something else. Policies that were split, joined or written otherwise and say the same are no change.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.derive.widening import difference

HELD = """
    select
        g.principal,
        list_sort(list(distinct g.digest) filter (g.via <> 'boundary' and g.digest is not null)) as digests,
        list_sort(list(distinct g.document) filter (g.via = 'boundary')) as boundaries,
        list_sort(list(distinct g.digest) filter (g.via = 'boundary' and g.digest is not null)) as caps,
        count(*) filter (g.digest is null) as unread
    from grants as g
    where g.via in ('inline', 'attached', 'group', 'permission_set', 'boundary')
    group by g.principal order by g.principal
"""
"""Who holds which documents, a row a principal."""
SAID = """
    select s.digest, s.effect, s.actions, s.not_actions, s.targets, s.not_targets, s.condition
    from statements as s where list_contains($digests, s.digest) order by s.digest, s.number
"""
"""What documents say, a row a statement."""
PRINCIPALS = """
    select r.resource from resources as r where r.type in ('aws_iam_role', 'aws_iam_user', 'aws_iam_group')
"""


@dataclass(frozen=True, slots=True)
class Power:
    """How what one principal may do has changed."""

    principal: str
    since: str
    """before | new | gone: whether it was there in both."""
    gains: tuple[str, ...]
    loses: tuple[str, ...]
    boundary: bool
    """What caps it is another, or says something else."""
    unread: bool
    """Some of what it holds could not be read, in one or the other: there may be more."""


def moved(before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> set[int]:
    """The documents of those whose documents are not the same."""
    was, now = _by(before), _by(after)
    return {
        digest
        for principal in was.keys() | now.keys()
        if _key(was.get(principal)) != _key(now.get(principal))
        for one in (was.get(principal), now.get(principal))
        for digest in (one["digests"] or () if one else ())
    }


def powers(
    before: Sequence[Mapping[str, Any]],
    after: Sequence[Mapping[str, Any]],
    said: Iterable[Mapping[str, Any]],
    there: tuple[set[str], set[str]],
) -> list[Power]:
    """The changes, by principal. `said` is of the documents of both, `there` the principals of each scan."""
    statements: dict[int, dict[str, Any]] = defaultdict(dict)
    for row in said:
        made = _statement(row)
        statements[row["digest"]][json.dumps(made, sort_keys=True)] = made
    was, now = _by(before), _by(after)
    found = []
    for principal in sorted(was.keys() | now.keys()):
        old, new = was.get(principal), now.get(principal)
        if _key(old) == _key(new):
            continue
        changed = difference(_policy(old, statements), _policy(new, statements))
        since = (
            "before"
            if principal in there[0] & there[1]
            else "new"
            if principal in there[1]
            else "gone"
        )
        power = Power(
            principal, since,
            changed.gains if changed else (), changed.loses if changed else (),
            _caps(old) != _caps(new),
            changed is None or any(one is not None and one["unread"] for one in (old, new)),
        )  # fmt: skip
        if power.gains or power.loses or power.boundary or power.unread:
            found.append(power)
    return found


def _by(rows: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {row["principal"]: row for row in rows}


def _key(row: Mapping[str, Any] | None) -> Any:
    return row and (row["digests"], row["boundaries"], row["caps"], row["unread"])


def _caps(row: Mapping[str, Any] | None) -> Any:
    return (row["boundaries"] or [], row["caps"] or []) if row else ([], [])


def _policy(row: Mapping[str, Any] | None, statements: Mapping[int, Mapping[str, Any]]) -> Any:
    """All that a principal's documents say, as one document."""
    held: dict[str, Any] = {}
    for digest in (row["digests"] or ()) if row else ():
        held |= statements.get(digest, {})
    return {"Statement": [held[key] for key in sorted(held)]}


def _statement(row: Mapping[str, Any]) -> dict[str, Any]:
    made = {
        "Effect": row["effect"],
        "NotAction" if row["not_actions"] else "Action": list(row["actions"]),
        "NotResource" if row["not_targets"] else "Resource": list(row["targets"]),
    }
    return made | ({"Condition": json.loads(row["condition"])} if row["condition"] else {})
