"""What there is beside the types of the catalog, by its ARN and nothing more.

Two sources, each with its mark: Cloud Control's lists (`cloudcontrol`), and the tagging API (`tagging`),
which names what is tagged or once was, be it there still or not. Neither is ever proof of absence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from scanner.catalog.longtail import Listed, longtail
from scanner.collect.ledger import Entry, Ledger
from scanner.collect.pages import answers
from scanner.collect.reply import MalformedReply
from scanner.collect.rows import Row
from scanner.collect.session import LISTS, TAGGED, Account, Session
from scanner.collect.turn import Turn, taking
from scanner.seen import GLOBAL

AT_ONCE = 16


@dataclass(frozen=True, slots=True, order=True)
class Identified:
    """A resource of which the ARN is known."""

    arn: str
    account: str
    region: str
    type: str
    """Terraform's name of its type, `` where it is not known."""
    via: str
    """cloudcontrol | tagging."""


class Found(Protocol):
    """What the catalog found (collect.engine.Collected)."""

    @property
    def rows(self) -> Sequence[Row]: ...
    @property
    def ledger(self) -> Ledger: ...


def identify(
    session: Session,
    accounts: Sequence[Account],
    collected: Found,
    seconds: float,
) -> list[Identified]:
    """Ask for everything in every account and region; what the catalog found is left out.

    Never raises for what AWS says: failures are in the ledger.
    """
    ledger = collected.ledger
    until = session.patience.clock() + seconds
    jobs = [partial(_listed, session, ledger, until, *place) for place in _places(accounts)]
    jobs += [
        partial(_tagged, session, ledger, until, account, region)
        for account in accounts
        for region in account.regions
    ]
    with ThreadPoolExecutor(AT_ONCE, "longtail") as pool:
        found = [one for job in pool.map(lambda job: job(), jobs) for one in job]
    known = {name for row in collected.rows for name in (row.arn, row.id) if name}
    distinct: dict[str, Identified] = {}
    for one in sorted(found, key=lambda one: (one.via, one)):  # Cloud Control knows the type
        if one.arn not in known and (one.via == "cloudcontrol" or _id(one.arn) not in known):
            distinct.setdefault(one.arn, one)
    return sorted(distinct.values())


def _places(accounts: Sequence[Account]) -> Iterator[tuple[Account, str, str, Listed]]:
    """One listing a type, account and region; services without regions are listed once."""
    for name, listed in longtail().items():
        for account in accounts:
            for region in [GLOBAL] if listed.globally else account.regions:
                yield account, region, name, listed


def _listed(
    session: Session, ledger: Ledger, until: float, account: Account, region: str, name: str,
    listed: Listed,
) -> list[Identified]:  # fmt: skip
    entry = Entry.of(account.identity.account, region, LISTS, name)
    arns: list[str] = []
    with ledger.asked(entry), taking(_turn(account, until)):
        client = session.client("cloudcontrol", _where(account, region))
        for answer in answers(client, "list_resources", {"TypeName": listed.cfn}):
            found = [str(row["Identifier"]) for row in answer["ResourceDescriptions"]]
            entry.pages += 1
            entry.items += len(found)
            arns += found
        if other := next((arn for arn in arns if not arn.startswith("arn:")), None):
            raise MalformedReply(f"{listed.cfn} is listed by {other}, which is no ARN")
    return _of(account, region, arns, name, "cloudcontrol")


def _tagged(
    session: Session, ledger: Ledger, until: float, account: Account, region: str
) -> list[Identified]:
    entry = Entry.of(account.identity.account, region, TAGGED)
    arns: list[str] = []
    with ledger.asked(entry), taking(_turn(account, until)):
        client = session.client("resourcegroupstaggingapi", region)
        for answer in answers(client, "get_resources", {"ResourcesPerPage": 100}):
            found = [str(row["ResourceARN"]) for row in answer["ResourceTagMappingList"]]
            entry.pages += 1
            entry.items += len(found)
            arns += found
    return _of(account, region, arns, "", "tagging")


def _of(
    account: Account, region: str, arns: Sequence[str], type_: str, via: str
) -> list[Identified]:
    """Those that are of this account and region: some lists hold what others share, or all regions'."""
    found = []
    for arn in arns:
        scheme, _, _, where, whose, *_ = [*arn.split(":", 5), "", "", "", "", ""]
        if (
            scheme == "arn"
            and whose in ("", account.identity.account)
            and (where in ("", region) or region == GLOBAL)
        ):
            found.append(Identified(arn, account.identity.account, region, type_, via))
    return found


def _turn(account: Account, until: float) -> Turn:
    return Turn(account.identity.account, account.credentials, until)


def _where(account: Account, region: str) -> str:
    return account.identity.home if region == GLOBAL else region


def _id(arn: str) -> str:
    """The last name in an ARN, by which types that have no ARN here are held."""
    return arn.replace(":", "/").rpartition("/")[2]
