"""The grants of a scan as people read them: all counted by team, and those that need somebody told first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from scanner.grant import GrantLedger, GrantLine, TeamGrants
from scanner.judge.run import Answer, Query
from scanner.judge.who_can import unseen

MOST = 2000
"""Grants that a report tells; all of them are in the view `grant_ledger` of its snapshot."""
TRACKED = timedelta(days=400)
"""So far back AWS says when a role was last used."""
_ALL = Path(__file__).with_name("grants.sql").read_text(encoding="utf-8")
_COUNTED = """
    select
        g.owner as team,
        count(*) filter (g.via = 'boundary') as boundaries,
        count(*) filter (g.via <> 'boundary') as grants,
        count(*) filter (g.via <> 'boundary' and g.how = 'declared') as declared,
        count(*) filter (g.via <> 'boundary' and g.how = 'by_hand') as by_hand,
        count(*) filter (g.via <> 'boundary' and g.how = 'unknown') as unknown,
        count(*) filter (g.via <> 'boundary' and g.how = 'aws') as aws,
        count(*) filter (g.administrator in ('yes', 'conditional')) as administrators,
        count(*) filter (g.administrator = 'unknown') as perhaps,
        count(*) filter (g.via <> 'boundary' and g.ends) as ends,
        count(*) filter (g.via <> 'boundary' and g.late) as late,
        count(*) filter (g.via <> 'boundary' and g.disagree) as disagree,
        count(*) filter (g.via <> 'boundary' and g.used = 'unused') as unused,
        count(*) filter (g.via <> 'boundary' and g.used = 'unknown') as use_unknown,
        count(*) filter (g.via <> 'boundary' and g.requested_by is null) as unwritten
    from ({all}) as g
    group by g.owner
    order by g.owner nulls last
"""
_TOLD = """
    select g.* from ({all}) as g
    order by
        g.via = 'boundary', not g.late, not (g.how = 'by_hand' and g.administrator <> ''), g.how <> 'by_hand',
        not g.disagree, g.administrator = '', g.how <> 'unknown',
        g.principal, g.document, g.via, g.through, g.given_by
    limit {most}
"""


def asked() -> list[Query]:
    """What the ledger is made of."""
    return [
        Query("grants counted", _COUNTED.format(all=_ALL)),
        Query("grants told", _TOLD.format(all=_ALL, most=MOST)),
        Query("grants unseen", unseen()),
    ]


def ledger(
    answers: Mapping[str, Answer], state_gap: str, *, file: bool, members: Sequence[Any] = ()
) -> GrantLedger:
    """The ledger that the answers to `asked` give. `state_gap` is why the declared side is not whole, or ``;
    `file`: a grants.yaml was given; `members` are the accounts of ours, entered or not."""
    for name in ("grants counted", "grants told", "grants unseen"):
        if answers[name].error:
            return GrantLedger((), 0, (), problem=answers[name].error)
    names = [field.name for field in fields(TeamGrants)]
    teams = [
        TeamGrants(**{name: row[name] for name in names}) for row in answers["grants counted"].rows
    ]
    gaps = answers["grants unseen"].rows
    entered = {gap["account"] for gap in gaps}
    shut = {f"{g['account']}: {g['service']}:{g['operation']} was {g['status']}" for g in gaps}
    shut |= {f"{m.id}: {m.reason}" for m in members if m.reason and m.id not in entered}
    return GrantLedger(
        teams=tuple(team for team in teams if team.grants),
        boundaries=sum(row["boundaries"] for row in answers["grants counted"].rows),
        lines=tuple(_line(row, state_gap, file) for row in answers["grants told"].rows),
        unseen=tuple(sorted(shut)),
    )


def _line(row: Mapping[str, Any], state_gap: str, file: bool) -> GrantLine:
    why = {
        "how": _how_unknown(row, state_gap) if row["how"] == "unknown" else "",
        "request": _unwritten(row, file) if row["requested_by"] is None else "",
        "granted": "" if row["granted_at"] else "AWS keeps no date of it, and no record tells one",
        "used": _use(row),
        "revert": "" if row["revert"] else _irrevocable(row),
    }
    return GrantLine(
        principal=row["principal"],
        document=row["document"],
        via=row["via"],
        through=row["through"],
        account=row["account"],
        how=row["how"],
        # the boundary and the membership are declared elsewhere than what they lead to
        address=row["address"] if row["how"] == "declared" and row["via"] != "boundary" else None,
        administrator=row["administrator"],
        owner=row["owner"],
        owner_state=row["owner_state"] or "",
        requested_by=row["requested_by"],
        purpose=row["purpose"],
        ticket=row["ticket"],
        approved_by=row["approved_by"],
        granted=None if row["via"] == "boundary" else row["granted_at"],
        written=row["written"],
        recorded_end=row["recorded_end"],
        claimed_end=row["claimed_end"],
        enforced_end=row["enforced_end"],
        disagree=row["disagree"],
        late=row["late"],
        used=row["used"],
        last_used=row["used_at"],
        by_service=bool(row["services_asked"]),
        revert=row["revert"],
        unknown={about: reason for about, reason in why.items() if reason},
    )


def _how_unknown(row: Mapping[str, Any], state_gap: str) -> str:
    if state_gap:
        return state_gap
    if row["via"] == "boundary":
        return "the state says nothing of a boundary"
    if row["via"] == "group":
        return "whether a state puts an undeclared user into the group was not compared"
    return "what declares it could not be told"


def _unwritten(row: Mapping[str, Any], file: bool) -> str:
    said = ["no entry of grants.yaml tells of it" if file else "no grants.yaml was given"]
    said.append(
        "its tags were not read" if row["untold"] else "no tag of the principal does either"
    )
    return ", and ".join(said)


def _use(row: Mapping[str, Any]) -> str:
    """Why no use is told, or what it means that there was none."""
    if row["used"] == "unknown":
        if row["type"] == "aws_iam_role":
            return "AWS told of no role of this account when it was last used"
        return "the credential report tells of no use, or was not read"
    if row["used"] != "unused":
        return ""
    if row["services_asked"]:
        return f"IAM recorded no use of a service that it allows in the {TRACKED.days} days that it tracks"
    made, seen = row["created_at"], datetime.fromisoformat(row["seen_at"])
    if made and seen - datetime.fromisoformat(made) < TRACKED:
        return f"AWS recorded no use since it was made on {made[:10]}"
    return f"AWS recorded no use in the last {TRACKED.days} days, and tells of no more"


def _irrevocable(row: Mapping[str, Any]) -> str:
    if row["via"] == "permission_set":
        return "in its permission set, in IAM Identity Center"
    return "not known: what gives it was not read"
