"""What stands in the way of a scan: who we are, what is denied, what cannot be read or written.

Asks little and changes nothing; every check is one line, and says what to do where it is not well.
"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from scanner import __version__
from scanner.catalog import load
from scanner.collect.accounts import Estate, survey
from scanner.collect.permissions import action, document
from scanner.collect.plan import asked_of
from scanner.collect.probe import clock_skew, expiry, probe
from scanner.collect.session import Session
from scanner.declared import read_states
from scanner.errors import CREDENTIALS, INCOMPLETE, PASSED, USAGE, SettingsError, WatchbillError
from scanner.judge.sight import Sight
from scanner.judge.summary import coverage
from scanner.model import Gap, Report, Rule
from scanner.scan import rules_of, session_for
from scanner.seen import GLOBAL, Seen
from scanner.settings import Settings
from scanner.store import snapshot

Level = Literal["ok", "note", "bad"]

SKEW_SECONDS = 60
"""From here on it is worth saying."""
SKEW_REFUSED = 300
"""AWS refuses what was signed by a clock that is off by more (Signature Version 4, troubleshooting)."""
SPACE = 1 << 30
"""Bytes that ought to be free where snapshots are kept."""
SOON_SECONDS = 1800

DENIED = ("denied", "denied_by_scp")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    level: Level
    says: str
    more: tuple[str, ...] = ()
    """Further lines: what is hidden by it, what to do."""
    exit_code: int = PASSED


@dataclass
class Diagnosis:
    """All checks in order, and the statement that is missing."""

    checks: list[Check] = field(default_factory=list)
    missing: tuple[str, ...] = ()
    """IAM actions that were denied and could be allowed."""

    @property
    def exit_code(self) -> int:
        """Credentials before settings before what would only be incomplete."""
        codes = {check.exit_code for check in self.checks}
        return next((code for code in (CREDENTIALS, USAGE, INCOMPLETE) if code in codes), PASSED)

    @property
    def statement(self) -> Mapping[str, Any] | None:
        """The policy that allows what is missing, None where nothing is."""
        return document(self.missing, "WatchbillMisses") if self.missing else None


def diagnose(settings: Settings, tell: Callable[[Check], None] = lambda _: None) -> Diagnosis:
    """Look at everything; `tell` hears of each check as it is done. Raises nothing a check can say."""
    found = Diagnosis()

    def note(check: Check) -> None:
        found.checks.append(check)
        tell(check)

    note(_versions())
    rules = _rules(settings, note)
    note(_store(settings))
    for check in _states(settings):
        note(check)
    estate, session = _aws(settings, note)
    gaps = _last_gaps(settings)
    if estate is not None and session is not None:
        found.missing = _operations(session, estate, rules, gaps, note)
    return found


def _versions() -> Check:
    parts = [f"watchbill {__version__}", f"Python {platform.python_version()}"]
    parts += [f"{name} {version(name)}" for name in ("botocore", "duckdb")]
    return Check("versions", "ok", ", ".join(parts))


def _rules(settings: Settings, note: Callable[[Check], None]) -> Mapping[str, Rule]:
    try:
        rules = rules_of(settings)
    except WatchbillError as error:
        note(Check("settings", "bad", error.message, (error.hint,), USAGE))
        return {}
    hints = []
    if not settings.states:
        hints.append("no state is named (states, --state): nothing is known of what was declared")
    note(Check("settings", "note" if hints else "ok", f"{len(rules)} rules", tuple(hints)))
    return rules


def _store(settings: Settings) -> Check:
    folder = Path(settings.store)
    above = next(p for p in (folder.absolute(), *folder.absolute().parents) if p.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        return Check(
            "store", "bad", f"{folder} cannot be written to",
            ("name another folder with --store, or change who may write there",), USAGE,
        )  # fmt: skip
    free = shutil.disk_usage(above).free
    scans = len(snapshot.published(folder))
    says = f"{folder}: {scans} scan{'s' * (scans != 1)}, {free / (1 << 30):.1f} GiB free"
    if free < SPACE:
        return Check(
            "store", "bad", says, ("a scan needs room for a snapshot beside the last",), USAGE
        )
    return Check("store", "ok", says)


def _states(settings: Settings) -> Iterator[Check]:
    try:
        states = read_states(list(settings.states), settings)
    except WatchbillError as error:
        yield Check("state", "bad", error.message, (error.hint,), error.exit_code)
        return
    for state in states:
        if state.status in ("ok", "stale"):
            says = f"{state.source}: serial {state.serial}, lineage {state.lineage or 'none'}"
            many = len(state.instances)
            says += f", {many} instance{'s' * (many != 1)}"
            more = (state.message,) if state.status == "stale" else ()
            yield Check("state", "ok" if state.status == "ok" else "note", says, more)
        else:
            yield Check(
                "state", "bad", f"{state.source}: {state.status}",
                tuple(line.strip() for line in state.message.splitlines()), INCOMPLETE,
            )  # fmt: skip


def _aws(settings: Settings, note: Callable[[Check], None]) -> tuple[Estate | None, Session | None]:
    try:
        session = session_for(settings)
        estate = survey(session, settings, snapshot.new_id())
    except WatchbillError as error:
        # a clock that is off looks like credentials that are wrong
        skew = clock_skew(getattr(error.__cause__, "response", None))
        if skew is not None and abs(skew) > SKEW_SECONDS:
            note(_clock(skew))
        name = "settings" if isinstance(error, SettingsError) else "identity"
        note(Check(name, "bad", error.message, (error.hint,), error.exit_code))
        return None, None
    caller = estate.caller
    note(
        Check(
            "identity",
            "ok",
            f"{caller.arn}, account {caller.account}, partition {caller.partition}",
        )
    )
    note(_credentials(session))
    skew = clock_skew(session.client("sts", estate.first).get_caller_identity())
    if skew is not None:
        note(_clock(skew))
    for check in _accounts(estate):
        note(check)
    return estate, session


def _clock(skew: float) -> Check:
    off = abs(skew)
    says = f"{off:.0f} s {'ahead of' if skew > 0 else 'behind'} AWS"
    if off >= SKEW_REFUSED:
        more = ("AWS refuses what is signed by such a clock: set it (chrony, systemd-timesyncd)",)
        return Check("clock", "bad", says, more, CREDENTIALS)
    if off >= SKEW_SECONDS:
        more = (f"set it before it is {SKEW_REFUSED} s: AWS then refuses every call",)
        return Check("clock", "note", says, more)
    return Check("clock", "ok", "as AWS's")


def _credentials(session: Session) -> Check:
    held = session.credentials()
    ends = expiry(held)
    how = str(getattr(held, "method", "") or "found")
    if ends is None:
        token = bool(held.get_frozen_credentials().token)
        says = "a session's, that do not say when they end" if token else "without an end"
        return Check("credentials", "ok", f"{how}, {says}")
    left = (ends - datetime.now(UTC)).total_seconds()
    says = f"{how}, until {ends.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if left < SOON_SECONDS and how in ("env", "shared-credentials-file", "sso", "login"):
        return Check(
            "credentials", "note", says, ("log in anew before a long scan: it ends when they do",)
        )
    return Check("credentials", "ok", says)


def _accounts(estate: Estate) -> Iterator[Check]:
    scanned = [m for m in estate.members if m.status == "scanned"]
    regions = sorted({r for account in estate.accounts for r in account.regions})
    if len(estate.members) > 1:
        says = f"{len(scanned)} of {len(estate.members)} accounts can be entered"
        left = [m for m in estate.members if m.status != "scanned"]
        shut = any(m.status == "unreachable" for m in left)
        yield Check(
            "accounts", "bad" if shut else "note" if left else "ok", says,
            tuple(f"{m.id} {m.name}".strip() + f" {m.status}: {m.reason}" for m in left),
            INCOMPLETE if shut else PASSED,
        )  # fmt: skip
    elif any(m.status == "unreachable" for m in estate.members):
        (member,) = estate.members
        yield Check(
            "accounts", "bad", f"{member.id} cannot be entered", (member.reason,), INCOMPLETE
        )
    off = [
        f"{', '.join(regions)} {'is' if len(regions) == 1 else 'are'} not enabled in {account}"
        for account, regions in sorted(estate.off.items())
    ]
    reasons = [f"{m.id}: {m.reason}" for m in scanned if m.reason]
    yield Check(
        "regions", "bad" if off else "note" if reasons else "ok", ", ".join(regions) or "none",
        (*off, *reasons), INCOMPLETE if off else PASSED,
    )  # fmt: skip


def _last_gaps(settings: Settings) -> list[Gap]:
    """What the last scan was denied: calls about single resources, which cannot be tried without one."""
    import msgspec

    found = snapshot.published(Path(settings.store))
    if not found:
        return []
    try:
        report = msgspec.json.decode(next(snapshot.report(found[-1])), type=Report)
    except (WatchbillError, msgspec.DecodeError):
        return []
    return [gap for gap in report.coverage.gaps if gap.status in DENIED and gap.service != "state"]


def _operations(
    session: Session,
    estate: Estate,
    rules: Mapping[str, Rule],
    last: Sequence[Gap],
    note: Callable[[Check], None],
) -> tuple[str, ...]:
    """Try every list call in one region of every account; the actions that are missing."""
    entries: list[Any] = []
    scopes: list[tuple[str, str]] = []
    for account in estate.accounts:
        if account.regions:
            kinds = [k for k in load().values() if account in asked_of(k, estate.accounts)]
            entries += probe(session, account, account.regions[0], kinds)
            scopes += [(account.identity.account, r) for r in (account.regions[0], GLOBAL)]
    if not entries:
        return ()
    sight = Sight(Seen(entries), scopes, "", {})
    gaps = coverage(entries, rules, {r.id: sight.blind(r) for r in rules.values()}).gaps
    tried = {(e.account, e.service, e.operation) for e in entries}
    whole = sum(e.complete for e in entries)
    says = f"{whole} of {len(entries)} lists answered"
    note(Check("operations", "ok" if not gaps else "note", says))
    known = {name: action(name, permission) for name, permission in _calls()}
    missing: set[str] = set()
    for gap in [*gaps, *(g for g in last if (g.account, g.service, g.operation) not in tried)]:
        needs = known.get(f"{gap.service}.{gap.operation}", "")
        if gap.status == "denied" and needs:
            missing.add(needs)
        note(_hidden(gap, needs, asked_now=gap in gaps))
    return tuple(sorted(missing))


def _calls() -> Iterator[tuple[str, str]]:
    for kind in load().values():
        if kind.list:
            yield kind.list, kind.permission
        for call in kind.calls:
            yield call.call, call.permission


def _hidden(gap: Gap, needs: str, *, asked_now: bool) -> Check:
    where = f"{gap.account} {gap.region}" + ("" if asked_now else ", in the last scan")
    more = []
    if gap.status == "denied" and needs:
        more.append(f"allow {needs} (statement below)")
    elif gap.status == "denied_by_scp":
        more.append(
            f"a service control policy denies {needs or 'it'}: only the organization's "
            "administrators can change that"
        )
    elif gap.message:
        more.append(gap.message)
    if gap.types:
        more.append("not seen: " + ", ".join(gap.types))
    if gap.rules:
        more.append(f"{len(gap.rules)} rules cannot be decided: " + ", ".join(gap.rules))
    code = f" ({gap.error_code})" if gap.error_code else ""
    level: Level = "bad" if gap.status in DENIED else "note"
    return Check(
        gap.status, level, f"{gap.service}:{gap.operation}{code} in {where}", tuple(more),
        INCOMPLETE if gap.status in DENIED else PASSED,
    )  # fmt: skip
