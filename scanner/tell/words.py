"""How numbers, ages and shares are put into words, the same in every output."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from scanner.model import OPEN, Coverage, Finding, Owner, OwnerState, Routing

FAMILY_TITLES = {
    "drift": "Drift: not what was declared",
    "ownership": "Ownership: nobody answers for it",
    "orphan": "Orphans: nothing needs it",
    "access": "Access: permitted too much",
    "watch": "Watch: nobody would notice",
    "recovery": "Recovery: it could not be brought back",
}

COUNT_WORDS = {
    "in_sync": "in sync",
    "changed": "changed",
    "missing": "missing",
    "not_compared": "not compared",
    "unreadable": "unreadable",
    "out_of_scope": "out of scope",
    "unsupported": "unsupported type",
    "declared": "declared",
    "unmanaged": "unmanaged",
    "double_declared": "declared twice",
    "provider_default": "AWS default",
    "child": "child of a managed parent",
    "unknown": "not known",
}

_OWNER_STATES: dict[OwnerState, str] = {
    "valid": "",
    "inherited": "inherited",
    "missing": "no owner is named",
    "placeholder": "the value is a placeholder",
    "unknown": "no team is called that",
    "departed": "who has left",
    "person": "a person and no team",
    "empty": "nobody is in that team",
    "unreachable": "that team cannot be told",
    "conflict": "the sources disagree",
    "untaggable": "the type cannot carry a tag",
    "unread": "its tags could not be read",
}


def number(value: int) -> str:
    """1204 as `1,204`."""
    return f"{value:,}"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 finding`, `2 findings`, `1,204 findings`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def percent(value: float) -> str:
    """93.0 as `93 %`, 93.1 as `93.1 %`."""
    return f"{value:.1f}".removesuffix(".0") + " %"


def seen(coverage: Coverage) -> str:
    """`93.1 %`, or `nothing` where nothing was asked."""
    return percent(coverage.percent) if coverage.asked else "nothing"


def share(part: int, whole: int) -> str:
    """A share in whole percent, rounded down so that `100 %` means all; `under 1 %` is not nothing."""
    if not whole:
        return "none"
    return "under 1 %" if 0 < part * 100 < whole else f"{part * 100 // whole} %"


def listed(items: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def pieces(text: str) -> list[str]:
    """A name for machines in pieces it may be broken into: after a dot, a colon, a slash and so on."""
    return [piece for piece in re.split(r"(?<=[./:_,@\]-])", text) if piece]


def clip(text: str, limit: int) -> str:
    """`text`, or its beginning and how much was left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({number(len(text) - limit)} more characters, whole in findings.json)"


def short(text: str, limit: int) -> str:
    """`text` cut to `limit` characters with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def moment(text: str) -> str:
    """An ISO 8601 time as `2026-11-23 00:00 UTC`; what is no time comes back as it is."""
    parsed = _parsed(text)
    return text if parsed is None else f"{parsed:%Y-%m-%d %H:%M} UTC"


def age(first_seen: str, now: str) -> str:
    """How long ago, in days: `today`, `1 day`, `14 days`; empty where it cannot be known."""
    first, last = _parsed(first_seen), _parsed(now)
    if first is None or last is None:
        return ""
    days = (last - first).days
    return "today" if days < 1 else plural(days, "day")


def lasting(finding: Finding) -> str:
    """How long it has been so: `today`, `14 days`, and that it came back or flaps."""
    story = finding.story
    parts = [plural(finding.age_days, "day") if finding.age_days else "today"]
    parts += ["reopened"] if finding.reopened else []
    parts += ["flapping"] if story and story.flapping else []
    return ", ".join(parts)


def took(started: str, finished: str) -> str:
    """`, in 41 s`; empty where either moment is not known."""
    first, last = _parsed(started), _parsed(finished)
    if first is None or last is None:
        return ""
    return f", in {number(max(0, round((last - first).total_seconds())))} s"


def _parsed(text: str) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(text)
        return parsed.replace(tzinfo=parsed.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def general(template: str) -> str:
    """A rule's fix without a resource: `{id!sh}` as `<id>`."""
    return re.sub(r"\{(\w+)(?:!\w+)?\}", r"<\1>", template)


def family(rule: str) -> str:
    """The family of a rule id."""
    return rule.partition("/")[0]


def owner_state(state: str) -> str:
    """What is the matter with an owner, or ``."""
    return {str(name): said for name, said in _OWNER_STATES.items()}.get(state, state)


def how_sure(owner: Owner) -> str:
    """`certain`, `likely, not verified`: how far the way can be trusted; empty where nobody is named."""
    if not owner.team or not owner.sure:
        return ""
    if owner.sure == "guess":
        return "a guess"
    return owner.sure if owner.verified else f"{owner.sure}, not verified"


def routed(routing: Routing) -> str:
    """`61.2 % of the open findings reach an owner (30 of 49; 4 go to the fallback)`."""
    if routing.percent is None:
        return "no finding is open"
    parts = [f"{number(routing.routable)} of {number(routing.open)}"]
    rest = [
        f"{number(count)} by {how}" if how == "a guess" else f"{number(count)} to {how}"
        for count, how in (
            (routing.guessed, "a guess"), (routing.fallback, "the fallback"),
            (routing.nobody, "nobody"),
        )
        if count
    ]  # fmt: skip
    said = "; ".join(filter(None, [*parts, ", ".join(rest)]))
    return f"{percent(routing.percent)} of the open findings reach an owner ({said})"


def days_left(days: int) -> str:
    """How long something still holds: `12 days left`, `ends today`, `expired 3 days ago`."""
    count = plural(abs(days), "day")
    return f"expired {count} ago" if days < 0 else "ends today" if not days else f"{count} left"


def excusable(finding: Finding) -> bool:
    """Whether a waiver could excuse it: not that a rule failed, and not what is wrong with a waiver."""
    return finding.status in OPEN and not finding.type.startswith("watchbill_")


def how_known(owner: Owner, fallback: str | None) -> str:
    """How the owner is known, and how far that can be trusted."""
    if owner.team is None and owner.state == "missing":
        return ""
    known = owner.source not in ("", "fallback") or owner.state in ("valid", "inherited")
    if not known and owner.team is not None and owner.team == fallback:
        return f"fallback: {_OWNER_STATES[owner.state]}"
    state = _OWNER_STATES[owner.state]
    if owner.named and repr(owner.named) in owner.via:
        return owner.via  # it says itself why that name does not answer
    if owner.via and state and state not in owner.via:
        return f"{owner.via}, {state}"
    return owner.via or state
