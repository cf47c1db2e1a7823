"""The grants of a scan in words: what a page says of them all, and each of those that it tells."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scanner.grant import GrantLedger, GrantLine, TeamGrants
from scanner.tell import words
from scanner.tell.digest import NO_OWNER, owner_key

HOW = {"by_hand": "by hand", "unknown": "not known", "declared": "declared", "aws": "AWS's own"}
_VIA = {
    "inline": "inline policy",
    "attached": "attached policy",
    "permission_set": "permission set of Identity Center",
    "boundary": "boundary, which gives nothing",
}
_LORD = {
    "yes": "administrator",
    "conditional": "administrator under a condition",
    "unknown": "perhaps administrator",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One line about a grant: what, the value, and how it is known or why not."""

    name: str
    value: str
    note: str = ""
    code: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A grant as a page shows it."""

    line: GrantLine
    who: str
    what: str
    how: str
    via: str
    marks: tuple[str, ...]
    """What is worth a word of its own: `past its end`, `administrator`."""
    used: str
    """The day of the last use, or that none is recorded or known."""
    end: str
    owner: str
    owner_key: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """All grants together."""

    all: TeamGrants
    teams: tuple[TeamGrants, ...]
    owners: tuple[tuple[str, str], ...]
    """Key and label of whoever owns one that is told."""
    why_unknown: tuple[tuple[str, int], ...]
    """Why it is not known whether some are declared, of those that are told."""


def summary(ledger: GrantLedger) -> Summary:
    """The sums; teams with the most made by hand or past their end first."""
    counted = [name for name in TeamGrants.__dataclass_fields__ if name != "team"]
    sums = {name: sum(getattr(team, name) for team in ledger.teams) for name in counted}
    owners = {owner_key(line.owner): line.owner or NO_OWNER for line in ledger.lines}
    why = Counter(line.unknown["how"] for line in ledger.lines if "how" in line.unknown)
    return Summary(
        all=TeamGrants(team=None, **sums),
        teams=tuple(
            sorted(ledger.teams, key=lambda t: (-t.late - t.by_hand, -t.grants, t.team or ""))
        ),
        owners=tuple(sorted(owners.items(), key=lambda pair: pair[1])),
        why_unknown=tuple(sorted(why.items(), key=lambda pair: (-pair[1], pair[0]))),
    )


def told(line: GrantLine) -> Told:
    """`line` in words."""
    marks = [_LORD[line.administrator]] if line.administrator in _LORD else []
    marks += ["past its end"] if line.late else []
    marks += ["ends disagree"] if line.disagree else []
    group = f"through the group {_last(line.through or '')}"
    return Told(
        line=line,
        who=_last(line.principal),
        what=_last(line.document),
        how=HOW.get(line.how, line.how),
        via=group if line.via == "group" else _VIA.get(line.via, line.via),
        marks=tuple(marks),
        used=_day(line.last_used)[:10] if line.used == "at" else _used(line)[0],
        end=_end(line),
        owner=line.owner or NO_OWNER,
        owner_key=owner_key(line.owner),
        facts=tuple(_facts(line)),
    )


def _facts(line: GrantLine) -> list[Fact]:
    why = line.unknown
    address = [Fact("Terraform address", line.address, code=True)] if line.address else []
    if line.how == "unknown":
        address = [Fact("Declared", "not known", why.get("how", ""))]
    return [
        Fact("Principal", line.principal, code=True),
        Fact("Policy", line.document, code=True),
        *([Fact("Group", line.through, code=True)] if line.through else []),
        *(address or [Fact("Declared", HOW.get(line.how, line.how))]),
        Fact("Owner", line.owner or NO_OWNER, words.owner_state(line.owner_state)),
        *_request(line),
        Fact("Granted", _day(line.granted), why.get("granted", "")),
        *_ends(line),
        Fact("Last used", *_used(line)),
    ]


def _request(line: GrantLine) -> list[Fact]:
    """What is known of the request, a line each; one line where nothing is."""
    said = {
        "Asked for by": line.requested_by,
        "Reason": line.purpose,
        "Ticket": line.ticket,
        "Approved by": line.approved_by,
    }
    if not any(said.values()):
        return [Fact("Request", "not known", line.unknown.get("request", ""))]
    return [Fact(name, value or "not written down") for name, value in said.items()]


def _used(line: GrantLine) -> tuple[str, str]:
    why = line.unknown.get("used", "")
    if line.used == "at":
        what = "of a service that it allows" if line.by_service else "for whatever it may"
        return words.moment(line.last_used or ""), f"by its principal, {what}"
    if line.used == "none":
        return "never", "a group is not used itself, but through its members"
    return ("no use recorded", why) if line.used == "unused" else ("not known", why)


def _ends(line: GrantLine) -> list[Fact]:
    """Every end with where it comes from, and whether they contradict each other."""
    said = [
        (line.recorded_end, "by grants.yaml"),
        (line.claimed_end, "by a tag, which enforces nothing"),
        (line.enforced_end, "by the dates in the policy, which AWS enforces"),
    ]
    found = [Fact("Ends", _last_day(end), by) for end, by in said if end]
    if line.written and not line.recorded_end:
        found.insert(0, Fact("Ends", "never", "by grants.yaml"))
    if line.disagree:
        found.append(Fact("", "These ends contradict each other."))
    return found or [Fact("Ends", "no end is written anywhere")]


def _end(line: GrantLine) -> str:
    """The end that comes first, for the line."""
    ends = sorted(e for e in (line.recorded_end, line.claimed_end, line.enforced_end) if e)
    return _last_day(ends[0])[:10] if ends else "no end"


def _last(name: str) -> str:
    """What people call a principal or policy: the name at the end of its ARN or id."""
    return name.rpartition("/")[2].rpartition(":")[2] or name


def _day(text: str | None) -> str:
    return words.moment(text).removesuffix(" 00:00 UTC") if text else "not known"


def _last_day(text: str) -> str:
    """The last day before a moment that ends one, else the moment."""
    if not text.endswith("T00:00:00Z"):
        return words.moment(text)
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return text
    return f"{moment - timedelta(days=1):%Y-%m-%d}, its last day"
