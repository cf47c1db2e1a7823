"""Whether the data would come back: is it backed up, how recently, what does that survive, can it be read.

In: rows, what was seen, the settings' objectives and the moment of the scan. Out: for everything that holds
data one `Recovery` a question. What was not read is `unknown`; so is whether a backup is recent enough where
no objective was declared. A backup by AWS Backup counts whatever the resource says of itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any, Literal

from scanner.catalog.reads import reads
from scanner.derive.backups import Backups, Plans, Store, moment_of, of_row, stores, table, true_of
from scanner.derive.tags import tagged
from scanner.seen import Seen
from scanner.settings import Settings

QUESTIONS = (
    "backed_up", "planned", "recent", "deletion", "account", "region", "zone", "readable", "proven",
)  # fmt: skip
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
    backups = Backups(rows, seen)
    found: list[Recovery] = []
    for row in rows:
        if row.type in table().unread and not row.origin:
            says = "whether it is backed up is not read"
            found.append(Recovery(row.resource, "backed_up", "unknown", says))
        store = stores().get(row.type)
        if store is None or row.origin or (store.applies and not of_row(row, store.applies)):
            continue
        found += _Asked(row, store, backups, settings, environments.get(row.resource), now).all()
    return found


class _Asked:
    """The questions about one resource."""

    def __init__(
        self,
        row: Any,
        store: Store,
        backups: Backups,
        settings: Settings,
        environment: str | None,
        now: datetime,
    ) -> None:
        self._row, self._store, self._backups = row, store, backups
        self._settings, self._environment, self._now = settings, environment, now
        self._own = true_of(row, store.own) if store.own else False
        self._times, self._whole = self._made()
        self._point = backups.protected(row)
        self._hidden = backups.hidden(row)

    def all(self) -> Iterator[Recovery]:
        called = str(of_row(self._row, self._store.called) or "") if self._store.called else ""
        plans = self._backups.plans(self._row, called)
        copies = [arn for plan in plans.taking for arn in _copies(plan)]
        unsure = bool(plans.open) or bool(plans.hidden)
        yield self._backed_up()
        yield self._planned(plans, called)
        yield self._recent()
        yield self._deletion()
        yield self._away("account", copies, unsure)
        yield self._away("region", copies, unsure)
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
            times += [moment_of(row.created_at) or datetime.min.replace(tzinfo=UTC) for row in held]
            whole = not hidden
        if store.made:
            whole = whole and store.made in self._row.attributes
            blocks = self._row.attributes.get(store.made) or ()
            times += [at for block in blocks if (at := moment_of(block.get("moment")))]
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
            return self._say(
                "backed_up", "unknown", f"whether it has {self._store.own_is} was not read"
            )
        if self._hidden:
            says = f"it has no {self._store.own_is}; AWS Backup was not seen: {self._hidden}"
            return self._say("backed_up", "unknown", says)
        return self._say(
            "backed_up", "no", f"no {self._store.own_is}, and AWS Backup has none of it"
        )

    def _planned(self, plans: Plans, called: str) -> Recovery:
        if plans.taking:
            names = ", ".join(sorted({plan.name for plan in plans.taking}))
            return self._say("planned", "yes", f"the backup plan {names} takes it")
        if plans.hidden:
            return self._say("planned", "unknown", f"backup plans were not seen: {plans.hidden}")
        if plans.open:
            says = f"whether the selection {sorted(plans.open)[0]} takes it is not known"
            return self._say("planned", "unknown", says)
        if plans.refused:
            says = (
                f"the backup plan {sorted(plans.refused)[0]} chooses it, but AWS Backup has not "
                f"opted in to {called} in this region"
            )
            return self._say("planned", "no", says)
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
            told = of_row(self._row, self._store.newest)
            at = self._now if told == "now" else moment_of(told)
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
        guarded = true_of(self._row, self._store.guarded) if self._store.guarded else False
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
        vaults = self._backups.vaults(self._row)
        for arns, says in ((copies, "its backups are copied to"), (vaults, "AWS Backup has it in")):
            away = sorted(a for a in arns if (a.split(":") + [""] * 5)[place] not in ("", own))
            if away:
                return self._say(what, "yes", f"{says} {away[0]}")
        replicated = true_of(self._row, self._store.regions) if what == "region" else None
        if replicated:
            return self._say(what, "yes", "there is a copy in another region")
        if replicated is False and not open_:
            says = "no backup plan copies it to another region, and it has no replica there"
            return self._say(what, "no", says)
        # a copy made by hand, or shared, is in no list that is read
        return self._say(what, "unknown", f"no backup plan is known to copy it to another {what}")

    def _plain(self, question: str, path: str, words_: tuple[str, str]) -> Recovery:
        verdict = true_of(self._row, path)
        if verdict is None:
            return self._say(question, "unknown", "that was not read")
        return self._say(question, "yes" if verdict else "no", words_[not verdict])

    def _readable(self) -> Recovery:
        if not reads(self._row.type, self._store.key) <= self._row.attributes.keys():
            return self._say("readable", "unknown", "what encrypts it was not read")
        found = self._with(self._row, str(of_row(self._row, self._store.key) or ""), "its key")
        if found.verdict == "no" or not self._point or not self._store.vaulted:
            return found
        if self._times or (self._own and not self._store.keeps):
            return found  # it comes back without AWS Backup
        vault = self._backups.vault(self._point[1])
        if vault is None or "kms_key_arn" not in vault.attributes:
            says = f"what encrypts its backups in {_last(self._point[1])} was not read"
            return self._say("readable", "unknown", says)
        named = str(vault.attributes["kms_key_arn"] or "")
        kept = self._with(vault, named, f"the key of its backups in {vault.name},")
        return found if kept.verdict == "yes" else kept

    def _with(self, row: Any, named: str, what: str) -> Recovery:
        """Whether what is encrypted with a key can be read."""
        if not named or ":alias/aws/" in named or named.startswith("alias/aws/"):
            return self._say("readable", "yes", "no key of its own has to be there")
        key, hidden = self._backups.key(row, named)
        if key is None:
            says = f"the key {named} was not seen" + (f": {hidden}" if hidden else "")
            return self._say("readable", "unknown", says)
        state = key.attributes.get("key_state")
        if state in UNREADABLE:
            return self._say("readable", "no", f"{what} {key.resource} {UNREADABLE[state]}")
        if not state:
            return self._say("readable", "unknown", f"the state of {what} {named} was not read")
        return self._say("readable", "yes", f"{what} {key.resource} is there")

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


def _last(arn: str) -> str:
    return arn.rsplit(":", 1)[-1] or "a vault"
