"""When principals last used the services that their policies let them use, as IAM recorded it.

IAM answers by a job a principal: one call starts it and another fetches what it found. So it is asked only
where the settings say so (`use_lookups`), and about no more principals than they say.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.collect.ledger import Entry, Ledger
from scanner.collect.reply import MalformedReply
from scanner.collect.session import USES, Account, Session
from scanner.collect.turn import Deadline, Turn, taking

START, FETCH = USES
PAUSE_SECONDS = 2.0
ROUNDS = 60
"""So often jobs that are not done are asked for again."""


@dataclass(frozen=True, slots=True)
class Use:
    """A row of table `service_uses`."""

    principal: str
    service: str
    """As policies name it; `` in the one row that says the principal was asked about."""
    used_at: str | None
    """None: not within the time that IAM tracks."""
    region: str


def last_accessed(
    session: Session | None, accounts: Iterable[Account], ledger: Ledger,
    principals: Sequence[Any], pause: Callable[[float], Any] = time.sleep,
) -> list[Use]:  # fmt: skip
    """What IAM tells of each principal (`resource`, `arn`, `account`).

    Nobody is asked without a session; after a refusal an account is asked about no more.
    """
    if session is None or not principals:
        return []
    by_account = {account.identity.account: account for account in accounts}
    refused: set[str] = set()
    jobs: list[tuple[Any, str]] = []
    for one in [one for one in principals if one.account in by_account]:
        if one.account not in refused:
            entry = _entry(by_account[one.account], START, one)
            with ledger.asked(entry), taking(_turn(by_account[one.account])):
                client = session.client(entry.service, entry.region)
                answer = client.generate_service_last_accessed_details(Arn=one.arn)
                entry.pages = 1
                jobs.append((one, str(answer["JobId"])))
            if not entry.complete and entry.status != "vanished":
                refused.add(one.account)  # one gap in the ledger says it
    found: list[Use] = []
    for one, job in jobs:
        entry = _entry(by_account[one.account], FETCH, one)
        with ledger.asked(entry), taking(_turn(by_account[one.account])):
            client = session.client(entry.service, entry.region)
            found += list(_fetch(client, entry, one.resource, job, pause))
    return found


def _entry(account: Account, call: str, one: Any) -> Entry:
    return Entry.of(one.account, account.identity.home, call, parent=one.resource)


def _turn(account: Account) -> Turn:
    return Turn(account.identity.account, account.credentials)


def _fetch(
    client: Any, entry: Entry, principal: str, job: str, pause: Callable[[float], Any]
) -> Iterator[Use]:
    for _ in range(ROUNDS):
        answer = client.get_service_last_accessed_details(JobId=job)
        if answer["JobStatus"] != "IN_PROGRESS":
            break
        pause(PAUSE_SECONDS)
    else:
        raise Deadline(f"the job was not done after {ROUNDS * PAUSE_SECONDS:.0f} seconds")
    if answer["JobStatus"] != "COMPLETED":
        why = answer.get("Error", {}).get("Message", "IAM does not say why")
        raise MalformedReply(f"the job ended as {answer['JobStatus']}: {why}")
    yield Use(principal, "", None, "")
    while True:
        entry.pages += 1
        for told in answer["ServicesLastAccessed"]:
            entry.items += 1
            used, region = told.get("LastAuthenticated"), told.get("LastAuthenticatedRegion", "")
            yield Use(principal, str(told["ServiceNamespace"]).lower(), used, region)
        if not answer.get("IsTruncated"):
            return
        answer = client.get_service_last_accessed_details(JobId=job, Marker=answer["Marker"])
