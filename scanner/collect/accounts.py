"""The accounts of a scan: which there are, how each is entered, and which of its regions are on.

Nothing in here raises for one account: what cannot be entered is there, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import partial

from scanner.catalog import ResourceType
from scanner.collect.failure import Failure, classify
from scanner.collect.ledger import Entry, Ledger
from scanner.collect.pages import answers
from scanner.collect.role import role_credentials
from scanner.collect.session import Account, Identity, Session
from scanner.collect.turn import Turn, taking
from scanner.errors import CredentialsError, SettingsError
from scanner.seen import ENTER, GLOBAL, REGIONS
from scanner.settings import Settings

ALL = "all"
"""What stands for every enabled region in the settings."""
AT_ONCE = 16
_ID = re.compile(r"\d{12}")
_ROLE = re.compile(r"arn:(aws[a-z-]*):iam::(\d{12}):role/.+")


@dataclass(frozen=True)
class Member:
    """An account of ours, and what becomes of it in this scan."""

    id: str
    name: str = ""
    """As the organization calls it, where it was asked."""
    role: str = ""
    """ARN of the role that is taken; `` for the caller's own credentials."""
    status: str = "scanned"
    """scanned | unreachable, or why it is left out: suspended | pending_closure | closed ..."""
    reason: str = ""
    management: bool = False
    """Whether it is known to be the organization's management account."""


@dataclass(frozen=True)
class Estate:
    """All there is to scan, and all that is ours."""

    caller: Identity
    first: str
    """The region that was asked who we are."""
    accounts: tuple[Account, ...]
    members: tuple[Member, ...]
    asked: tuple[str, ...]
    """Every region that is to be looked at in some account."""
    dark: tuple[Entry, ...] = ()
    """Calls for accounts and regions that did not come back; each stands for all types there."""
    doubtful: tuple[Entry, ...] = ()
    """Calls that did not come back, so that there may be more to scan than is known."""
    off: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By account the regions that were asked for and are not enabled in it."""
    entries: tuple[Entry, ...] = ()
    """The calls by which all this was found out, but for those that are dark or doubtful."""

    @property
    def management(self) -> str:
        """The organization's management account, `` where it is not known."""
        return next((member.id for member in self.members if member.management), "")

    @property
    def scopes(self) -> list[tuple[str, str]]:
        """Every account and region that the scan answers for, those that it cannot look into too."""
        found = {(a.identity.account, r) for a in self.accounts for r in (*a.regions, GLOBAL)}
        return sorted(found | {(row.account, row.region) for row in self.dark})


def survey(session: Session, settings: Settings, scan_id: str) -> Estate:
    """Find out what there is to scan.

    Raises SettingsError for accounts or regions that cannot be, CredentialsError where nothing can be
    asked at all or the organization does not say which accounts it has.
    """
    named = regions_to_scan(session, settings.regions)
    ledger = Ledger()
    who = Entry("", GLOBAL, "sts", "get_caller_identity", "")
    identity = session.identity(named[0])
    who.account = identity.account
    _whole(ledger, who)
    members = _members(session, settings, identity, named[0], ledger)
    enter = partial(_enter, session, settings, identity, named, scan_id, ledger)
    with ThreadPoolExecutor(AT_ONCE, "account") as pool:
        entered = list(pool.map(enter, members))
    return Estate(
        caller=identity,
        first=named[0],
        accounts=tuple(e.account for e in entered if e.account is not None),
        members=tuple(e.member for e in entered),
        asked=tuple(sorted({r for e in entered for r in (*e.regions, *e.off)})),
        dark=tuple(row for e in entered for row in e.dark),
        doubtful=tuple(row for e in entered for row in e.doubtful),
        off={e.member.id: e.off for e in entered if e.off},
        entries=tuple(ledger.entries()),
    )


def regions_to_scan(session: Session, asked: Iterable[str]) -> tuple[str, ...]:
    """The regions that are asked for, sorted; of `all`, the one to ask first which there are.

    Raises SettingsError for a region AWS does not have, and where none is named at all.
    """
    regions = tuple(sorted(set(asked)))
    known = session.known_regions()
    if ALL in regions:
        if len(regions) > 1:
            raise SettingsError(f"regions: {ALL} stands for every region", hint="name no other")
        return (session.default_region or "us-east-1",)
    if not regions:
        if not session.default_region:
            raise SettingsError(
                "no region is named",
                hint="give --region, set AWS_REGION, or name regions in watchbill.yaml",
            )
        regions = (session.default_region,)
    for region in regions:
        if region not in known:
            near = get_close_matches(region, sorted(known), n=1)
            meant = f"did you mean {near[0]}?" if near else "see the list of AWS regions"
            raise SettingsError(f"{region} is not an AWS region", hint=meant)
    return regions


def unseen(estate: Estate, types: Iterable[ResourceType]) -> Iterator[Entry]:
    """The ledger rows of what nobody can look at: each type, in every account and region that is dark."""
    yield from estate.doubtful
    for row in estate.dark:
        for kind in types:
            whose = not kind.organization or row.account == estate.management
            if whose and (kind.scope == "region") == (row.region != GLOBAL):
                yield replace(row, type=kind.type)


# --- which accounts ---


def _members(
    session: Session, settings: Settings, identity: Identity, region: str, ledger: Ledger
) -> list[Member]:
    found: dict[str, Member] = {}
    if settings.organization:
        found |= {m.id: m for m in _organization(session, settings, identity, region, ledger)}
    for text in settings.accounts:
        role = _ROLE.fullmatch(text)
        if role:
            if role[1] != identity.partition:
                raise SettingsError(
                    f"accounts: {text} is in another partition than {identity.arn}",
                    hint="scan each partition by itself, with credentials of its own",
                )
            known = found.get(role[2], Member(role[2]))
            found[role[2]] = replace(known, role=text, status="scanned", reason="")
        elif _ID.fullmatch(text):
            found.setdefault(text, _member(settings, identity, text))
        else:
            raise SettingsError(
                f"accounts: {text} is neither an account id nor the ARN of a role",
                hint="write twelve digits in quotes, or arn:aws:iam::111122223333:role/NAME",
            )
    return [found[id_] for id_ in sorted(found)] or [Member(identity.account)]


def _member(settings: Settings, identity: Identity, id_: str, name: str = "") -> Member:
    own = id_ == identity.account  # nobody needs a role to be where they are
    role = "" if own else f"arn:{identity.partition}:iam::{id_}:role/{settings.role}"
    return Member(id_, name, role)


def _organization(
    session: Session, settings: Settings, identity: Identity, region: str, ledger: Ledger
) -> Iterator[Member]:
    """Every account of the organization. Raises CredentialsError where it does not say."""
    entry = Entry(identity.account, GLOBAL, "organizations", "list_accounts", "")
    try:
        client = session.client("organizations", region)
        rows = []
        for page in answers(client, "list_accounts", {}):
            entry.pages += 1
            rows += page["Accounts"]
    except Exception as error:
        failure = classify(error)
        raise CredentialsError(
            f"the organization does not say which accounts it has: {failure.message}",
            hint="organizations:ListAccounts answers the management account and delegated "
            "administrators only; `accounts` in watchbill.yaml can list them instead",
        ) from error
    _whole(ledger, entry, len(rows))
    for row in rows:
        member = _member(settings, identity, str(row["Id"]), str(row.get("Name") or ""))
        # Status is on its way out in favour of State (API reference of Account)
        state = str(row.get("State") or row.get("Status") or "").lower()
        # the account in an account's ARN is the one that made the organization
        owner = str(row["Arn"]).split(":")[4:5]
        member = replace(member, management=owner == [member.id])
        if state != "active":
            member = replace(
                member, status=state or "unknown", reason="it is not active in the organization"
            )
        yield member


# --- how they are entered ---


@dataclass(frozen=True)
class _Entered:
    member: Member
    account: Account | None = None
    regions: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    dark: tuple[Entry, ...] = ()
    doubtful: tuple[Entry, ...] = ()


def _enter(
    session: Session,
    settings: Settings,
    identity: Identity,
    named: Sequence[str],
    scan_id: str,
    ledger: Ledger,
    member: Member,
) -> _Entered:
    if member.status != "scanned":
        return _Entered(member)
    credentials = None
    if member.role:
        credentials = role_credentials(
            session, member.role, settings.external_id, named[0], scan_id
        )
        identity = Identity(member.id, identity.partition, member.role)
        taken = Entry(member.id, GLOBAL, "sts", "assume_role", "")
        try:
            credentials.get_frozen_credentials()
        except Exception as error:  # one account that is closed to us is one account
            failure = classify(error)
            reason = f"{member.role} cannot be taken: {failure.message}"
            shut = replace(member, status="unreachable", reason=reason)
            failed = replace(failure, message=reason)
            dark = [_row(member, r, ENTER, failed) for r in (*named, GLOBAL)]
            return _Entered(shut, regions=tuple(named), dark=tuple(dark))
        _whole(ledger, taken)
    turn = Turn(member.id, credentials)
    asked = Entry(member.id, GLOBAL, "ec2", "describe_regions", "")
    try:
        on = _enabled(session, named[0], turn)
    except Exception as error:
        failure = classify(error)
        if ALL not in settings.regions:
            # those that are named may be on; whether they are, their own answers tell
            ledger.ask(asked).end(failure)
            return _Entered(
                member,
                Account(identity, tuple(named), credentials, member.management),
                tuple(named),
            )
        note = replace(member, reason=f"only {named[0]} is scanned: {failure.message}")
        row = _row(member, GLOBAL, REGIONS, failure)
        account = Account(identity, tuple(named), credentials, member.management)
        return _Entered(note, account, tuple(named), doubtful=(row,))
    _whole(ledger, asked, len(on))
    if ALL in settings.regions:
        regions = tuple(sorted(on))
        return _Entered(member, Account(identity, regions, credentials, member.management), regions)
    regions = tuple(r for r in named if r in on)
    off = tuple(r for r in named if r not in on)
    failure = Failure("region_off", "", f"the region is not enabled in account {member.id}")
    dark = [_row(member, r, REGIONS, failure) for r in off]
    return _Entered(
        member,
        Account(identity, regions, credentials, member.management),
        regions,
        off,
        tuple(dark),
    )


def _whole(ledger: Ledger, entry: Entry, items: int = 1) -> None:
    """Write down a call that was answered."""
    entry.pages, entry.items = max(1, entry.pages), items
    ledger.ask(entry).end()


def _row(member: Member, region: str, call: str, failure: Failure) -> Entry:
    entry = Entry.of(member.id, region, call)
    entry.end(failure)
    return entry


def _enabled(session: Session, region: str, turn: Turn) -> frozenset[str]:
    """The regions that are on in an account. In no partition does another call say it for all."""
    with taking(turn):
        answer = session.client("ec2", region).describe_regions(AllRegions=True)
    return frozenset(
        str(row["RegionName"])
        for row in answer["Regions"]
        if row.get("OptInStatus") != "not-opted-in"
    )
