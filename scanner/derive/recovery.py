"""Whether the data would come back: is it backed up, how recently, what does that survive, can it be read.

In: rows, what was seen, the settings' objectives and the moment of the scan. Out: for everything that holds
data one `Recovery` a question. What was not read is `unknown`; so is whether a backup is recent enough where
no objective was declared. A backup by AWS Backup counts whatever the resource says of itself.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from scanner.catalog import load
from scanner.catalog.path import getter, words
from scanner.derive.selection import selects
from scanner.derive.tags import tagged
from scanner.seen import Seen
from scanner.settings import Settings

QUESTIONS = (
    "backed_up", "planned", "recent", "deletion", "account", "region", "zone", "readable", "proven",
)  # fmt: skip
VAULT, PLAN, SELECTION = "aws_backup_vault", "aws_backup_plan", "aws_backup_selection"
KEY = "aws_kms_key"
UNREADABLE: Mapping[str, str] = {
    "PendingDeletion": "will be deleted",
    "PendingReplicaDeletion": "will be deleted",
    "Disabled": "is disabled",
    "Unavailable": "is unavailable",
    "PendingImport": "has no key material",
}
"""States of a key with which nothing can be read."""

_PLAIN = re.compile(
    r"(?:(?P<w>\d+)\s*w(?:eeks?)?)?\s*(?:(?P<d>\d+)\s*d(?:ays?)?)?\s*"
    r"(?:(?P<h>\d+)\s*h(?:ours?)?)?\s*(?:(?P<m>\d+)\s*m(?:in(?:utes?)?)?)?",
    re.IGNORECASE,
)
_ISO = re.compile(r"P(?:(?P<w>\d+)W)?(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?)?")


class Snapshots(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of another type that are the backups."""

    type: str
    of: str
    when: str


class Store(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One type of recovery.toml."""

    type: str
    applies: str = ""
    own: str = ""
    own_is: str
    newest: str = ""
    made: str = ""
    snapshots: Snapshots | None = None
    keeps: bool = False
    guarded: str = ""
    zones: str = ""
    regions: str = ""
    key: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path of it over its own row."""
        return (
            self.applies, self.own, self.newest, self.made, self.guarded, self.zones, self.regions, self.key,
        )  # fmt: skip


@lru_cache(maxsize=1)
def stores() -> Mapping[str, Store]:
    """What holds data, by type."""
    text = Path(__file__).with_name("recovery.toml").read_text(encoding="utf-8")
    return {s.type: s for s in msgspec.convert(tomllib.loads(text)["store"], tuple[Store, ...])}


@dataclass(frozen=True, slots=True)
class Recovery:
    """The answer to one question about bringing a resource back."""

    resource: str
    question: str
    verdict: Literal["yes", "no", "unknown"]
    says: str
    moment: str | None = None
    """Of a backup or a restore: when."""


def duration(text: str) -> timedelta | None:
    """How long a text says: `15m`, `4h`, `1d 12h`, `P1DT12H`; None where it says nothing such."""
    found = _ISO.fullmatch(text.strip()) or _PLAIN.fullmatch(text.strip())
    parts = found.groupdict() if found else {}
    w, d, h, m = (int(parts.get(name) or 0) for name in "wdhm")
    if max(w, d, h, m) > 100_000:
        return None
    made = timedelta(weeks=w, days=d, hours=h, minutes=m)
    return made if made > timedelta(0) else None


def recovery(
    rows: Sequence[Any],
    seen: Seen,
    settings: Settings,
    environments: Mapping[str, str],
    now: datetime,
) -> list[Recovery]:
    """Every question of everything that holds data. `environments`: of the resources that say it."""
    backups = _Backups(rows, seen)
    found: list[Recovery] = []
    for row in rows:
        store = stores().get(row.type)
        if store is None or row.origin or (store.applies and not _of(row, store.applies)):
            continue
        found += _Asked(row, store, backups, settings, environments.get(row.resource), now).all()
    return found


class _Backups:
    """AWS Backup's side, keys and snapshots: what they hold by what they are for."""

    def __init__(self, rows: Sequence[Any], seen: Seen) -> None:
        self.seen = seen
        self._protected: dict[str, tuple[datetime, str]] = {}
        self._restored: dict[str, datetime] = {}
        self._unread: dict[tuple[str, str], str] = {}
        self._vaults: dict[tuple[str, str, str], Any] = {}
        self._selections: dict[tuple[str, str], list[Any]] = defaultdict(list)
        self._plans: dict[tuple[str, str], Any] = {}
        self._keys: dict[str, Any] = {}
        self._snapshots: dict[tuple[str, str, str, str], list[Any]] = defaultdict(list)
        sources = {s.snapshots.type: s.snapshots for s in stores().values() if s.snapshots}
        for row in rows:
            if row.type == VAULT:
                self._vault(row)
            elif row.type == PLAN:
                self._plans[row.account, row.id] = row
            elif row.type == SELECTION:
                self._selections[row.account, row.region].append(row)
            elif row.type == KEY:
                self._keys[row.resource] = self._keys[row.id] = row
            elif row.type in sources and _of(row, sources[row.type].when):
                of = str(row.attributes.get(sources[row.type].of))
                self._snapshots[row.account, row.region, row.type, of].append(row)

    def _vault(self, row: Any) -> None:
        for name in ("protected", "restored"):
            if name not in row.attributes:
                self._unread[row.account, row.region] = f"what {row.name} holds was not read"
            for line in row.attributes.get(name) or ():
                at, resource = _moment(line.get("at")), str(line.get("resource"))
                if at is None:
                    continue
                if name == "restored":
                    self._restored[resource] = max(at, self._restored.get(resource, at))
                elif at >= self._protected.get(resource, (at, ""))[0]:
                    self._protected[resource] = at, str(line.get("vault") or "")
        self._vaults[row.account, row.region, row.name] = row

    def hidden(self, row: Any) -> str:
        """Why a recovery point of a resource may not have been seen, or ``."""
        where = (row.account, row.region)
        return self.seen.listed(VAULT, *where) or self._unread.get(where, "")

    def protected(self, row: Any) -> tuple[datetime, str] | None:
        return self._protected.get(row.arn or row.resource)

    def restored(self, row: Any) -> datetime | None:
        return self._restored.get(row.arn or row.resource)

    def snapshots(self, row: Any, of: Snapshots) -> tuple[list[Any], str]:
        held = [
            snapshot
            for name in sorted({row.id, row.name})
            for snapshot in self._snapshots[row.account, row.region, of.type, name]
        ]
        return held, self.seen.listed(of.type, row.account, row.region)

    def key(self, row: Any, named: str) -> tuple[Any, str]:
        """The key of that ARN or id, and why it may not have been seen."""
        parts = named.split(":")
        account, region = (parts[4], parts[3]) if len(parts) > 5 else (row.account, row.region)
        found = self._keys.get(named) or self._keys.get(named.rsplit("/", 1)[-1])
        return found, "" if found else self.seen.listed(KEY, account, region)

    def plans(self, row: Any) -> tuple[list[Any], list[str], str]:
        """The plans that take a resource, those that may, and why others may not have been seen."""
        taking, open_ = [], []
        for selection in self._selections[row.account, row.region]:
            verdict = selects(selection.attributes, row.arn or row.resource, row.tags)
            plan = self._plans.get((row.account, selection.parent_id))
            if verdict and plan is not None:
                taking.append(plan)
            elif verdict is None:
                open_.append(selection.name)
        where = (row.account, row.region)
        return taking, open_, self.seen.listed(SELECTION, *where)


class _Asked:
    """The questions about one resource."""

    def __init__(
        self,
        row: Any,
        store: Store,
        backups: _Backups,
        settings: Settings,
        environment: str | None,
        now: datetime,
    ) -> None:
        self._row, self._store, self._backups = row, store, backups
        self._settings, self._environment, self._now = settings, environment, now
        self._own = _true(row, store.own) if store.own else False
        self._times, self._whole = self._made()
        self._point = backups.protected(row)
        self._hidden = backups.hidden(row)

    def all(self) -> Iterator[Recovery]:
        taking, open_, hidden = self._backups.plans(self._row)
        copies = [arn for plan in taking for arn in _copies(plan)]
        yield self._backed_up()
        yield self._planned(taking, open_, hidden)
        yield self._recent()
        yield self._deletion()
        yield self._away("account", copies, bool(open_) or bool(hidden))
        yield self._away("region", copies, bool(open_) or bool(hidden))
        if self._store.zones:
            words_ = ("it goes on without a zone", "it is in one zone")
            yield self._plain("zone", self._store.zones, words_)
        yield self._readable()
        yield self._proven()

    def _say(
        self,
        question: str,
        verdict: Literal["yes", "no", "unknown"],
        says: str,
        at: datetime | None = None,
    ) -> Recovery:
        when = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
        return Recovery(self._row.resource, question, verdict, says, when)

    def _made(self) -> tuple[list[datetime], bool]:
        """When somebody made a backup of it, and whether all such were seen."""
        store, times, whole = self._store, [], True
        if store.snapshots:
            held, hidden = self._backups.snapshots(self._row, store.snapshots)
            times += [_moment(row.created_at) or datetime.min.replace(tzinfo=UTC) for row in held]
            whole = not hidden
        if store.made:
            whole = whole and store.made in self._row.attributes
            blocks = self._row.attributes.get(store.made) or ()
            times += [at for block in blocks if (at := _moment(block.get("moment")))]
        return times, whole

    def _backed_up(self) -> Recovery:
        if self._point:
            at, vault = self._point
            return self._say("backed_up", "yes", f"AWS Backup has it in {_last(vault)}", at)
        if self._own:
            return self._say("backed_up", "yes", f"it has {self._store.own_is}")
        if self._times:
            return self._say("backed_up", "yes", "somebody made a backup of it", max(self._times))
        if self._own is None or not self._whole:
            return self._say("backed_up", "unknown", f"its {self._store.own_is} were not read")
        if self._hidden:
            says = f"it has no {self._store.own_is}; AWS Backup was not seen: {self._hidden}"
            return self._say("backed_up", "unknown", says)
        return self._say(
            "backed_up", "no", f"no {self._store.own_is}, and AWS Backup has none of it"
        )

    def _planned(self, taking: Sequence[Any], open_: Sequence[str], hidden: str) -> Recovery:
        if taking:
            names = ", ".join(sorted({plan.name for plan in taking}))
            return self._say("planned", "yes", f"the backup plan {names} takes it")
        if hidden:
            return self._say("planned", "unknown", f"backup plans were not seen: {hidden}")
        if open_:
            says = f"whether the selection {sorted(open_)[0]} takes it is not known"
            return self._say("planned", "unknown", says)
        return self._say("planned", "no", "no backup plan takes it")

    def _recent(self) -> Recovery:
        objective = self._objective()
        if objective is None:
            says = "no objective is declared: a tag rpo, or objectives in watchbill.yaml"
            return self._say("recent", "unknown", says)
        text, most = objective
        if most is None:
            return self._say("recent", "unknown", f"the objective {text!r} is no length of time")
        newest = self._newest()
        if newest is None:
            lost = self._hidden or not self._whole or self._own is not False
            says = "when it was last backed up was not read" if lost else "it has no backup"
            return self._say("recent", "unknown" if lost else "no", says)
        within = self._now - newest <= most
        if not within and self._hidden:
            says = (
                f"its newest backup is older than {text}; AWS Backup was not seen: {self._hidden}"
            )
            return self._say("recent", "unknown", says, newest)
        when = newest.strftime("%Y-%m-%d %H:%M")
        how = "within" if within else "older than"
        says = f"its newest backup, of {when}, is {how} the objective {text}"
        return self._say("recent", "yes" if within else "no", says, newest)

    def _newest(self) -> datetime | None:
        """The newest moment it can be brought back to, as far as that is known."""
        found = [self._point[0]] if self._point else []
        found += self._times
        if self._own and self._store.newest:
            # AWS may tell such a moment even where backups are off
            told = _of(self._row, self._store.newest)
            at = self._now if told == "now" else _moment(told)
            found += [at] if at else []
        return max(found, default=None)

    def _objective(self) -> tuple[str, timedelta | None] | None:
        own = tagged(self._row.tags or {}, self._settings.rpo_tags)
        if own is not None and own[1]:
            return own[1], duration(own[1])
        for line in self._settings.objectives:
            fits = any(fnmatchcase(self._row.type, pattern) for pattern in line.types)
            if fits and (not line.environments or self._environment in line.environments):
                return line.rpo, duration(line.rpo)
        return None

    def _deletion(self) -> Recovery:
        guarded = _true(self._row, self._store.guarded) if self._store.guarded else False
        if guarded:
            return self._say("deletion", "yes", "one call cannot delete it")
        if self._point:
            says = f"its backups in {_last(self._point[1])} outlive it"
            return self._say("deletion", "yes", says)
        if (self._own and self._store.keeps) or self._times:
            return self._say("deletion", "yes", "its backups outlive it")
        if guarded is None or self._own is None or not self._whole:
            return self._say("deletion", "unknown", "whether it is protected was not read")
        if self._hidden:
            says = f"one call deletes it; AWS Backup was not seen: {self._hidden}"
            return self._say("deletion", "unknown", says)
        return self._say("deletion", "no", "one call deletes it and all its backups")

    def _away(self, what: str, copies: Sequence[str], open_: bool) -> Recovery:
        """Whether there is a copy in another account or region."""
        place, own = (4, self._row.account) if what == "account" else (3, self._row.region)
        away = sorted(arn for arn in copies if (arn.split(":") + [""] * 5)[place] not in ("", own))
        if away:
            return self._say(what, "yes", f"its backups are copied to {away[0]}")
        replicated = _true(self._row, self._store.regions) if what == "region" else None
        if replicated:
            return self._say(what, "yes", "there is a copy in another region")
        if replicated is False and not open_:
            says = "no backup plan copies it to another region, and it has no replica there"
            return self._say(what, "no", says)
        # a copy made by hand, or shared, is in no list that is read
        return self._say(what, "unknown", f"no backup plan is known to copy it to another {what}")

    def _plain(self, question: str, path: str, words_: tuple[str, str]) -> Recovery:
        verdict = _true(self._row, path)
        if verdict is None:
            return self._say(question, "unknown", "that was not read")
        return self._say(question, "yes" if verdict else "no", words_[not verdict])

    def _readable(self) -> Recovery:
        names = words(self._store.key) & load()[self._row.type].kept.keys()
        if not names <= self._row.attributes.keys():
            return self._say("readable", "unknown", "what encrypts it was not read")
        named = str(_of(self._row, self._store.key) or "")
        if not named or ":alias/aws/" in named or named.startswith("alias/aws/"):
            return self._say("readable", "yes", "no key of its own has to be there")
        key, hidden = self._backups.key(self._row, named)
        if key is None:
            says = f"the key {named} was not seen" + (f": {hidden}" if hidden else "")
            return self._say("readable", "unknown", says)
        state = key.attributes.get("key_state")
        if state in UNREADABLE:
            return self._say("readable", "no", f"its key {key.resource} {UNREADABLE[state]}")
        if not state:
            return self._say("readable", "unknown", f"the state of its key {named} was not read")
        return self._say("readable", "yes", f"its key {key.resource} is there")

    def _proven(self) -> Recovery:
        at = self._backups.restored(self._row)
        if at is not None:
            return self._say("proven", "yes", f"last restored on {at.strftime('%Y-%m-%d')}", at)
        if self._hidden:
            return self._say("proven", "unknown", f"AWS Backup was not seen: {self._hidden}")
        return self._say(
            "proven", "unknown", "AWS Backup lists no restore of it; it forgets old ones"
        )


def _copies(plan: Any) -> Iterator[str]:
    for rule in plan.attributes.get("rule") or ():
        for copy in rule.get("copy_action") or ():
            yield str(copy.get("destination_vault_arn") or "")


def _of(row: Any, path: str) -> Any:
    try:
        return getter(path)({**row.attributes, "id": row.id, "name": row.name})
    except ValueError:
        return None


def _true(row: Any, path: str) -> bool | None:
    """Whether a path is true of a row; None where it reads what was not read, or what AWS did not say."""
    kept = load()[row.type].kept
    if any(name in kept and name not in row.attributes for name in words(path)):
        return None
    found = _of(row, path) if path else None
    return None if found is None else bool(found)


def _moment(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _last(arn: str) -> str:
    return arn.rsplit(":", 1)[-1] or "a vault"
