"""Every operation of the catalog x every way to fail: the scan ends, the ledger says why, and nothing
that was not read is claimed to be absent.

In process, on the wire's own bytes, each operation with its own types alone: a scan costs milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import ReadTimeoutError
from botocore.model import OperationModel

from scanner.catalog import ResourceType, load
from scanner.collect.accounts import survey
from scanner.collect.last_accessed import last_accessed
from scanner.collect.ledger import Entry, Ledger
from scanner.collect.longtail import identify
from scanner.collect.makers import makers
from scanner.collect.patience import Patience
from scanner.collect.rates import Rates
from scanner.collect.session import (
    ALWAYS,
    LISTS,
    LOOKUP,
    REACH,
    TAG_POLICY,
    TAGGED,
    USES,
    Account,
    Identity,
    Session,
    allowed,
)  # fmt: skip
from scanner.collect.tagpolicy import required_tags
from scanner.errors import CredentialsError
from scanner.seen import UNREADABLE
from scanner.settings import Settings
from tests.derive.made import actual

from .cloud import (
    ACCOUNT,
    REGION,
    Clock,
    Cloud,
    Fault,
    Response,
    collected,
    failing,
    family,
    hasty,
    hindering,
    serialized,
)  # fmt: skip
from .test_engine import SCP, asked, below, cut, denied, listed, lists, of_type

TYPES = load()
HTML = b"<!DOCTYPE html><html><body>Sign in</body></html>"
WAYS = {
    "denied": "denied", "denied by the organisation": "denied_by_scp", "throttled for ever": "throttled",
    "500": "error", "timeout": "timeout", "cut": "malformed", "empty": "malformed", "a page": "malformed",
    "token expired": "token_expired", "region off": "region_off", "page loop": "malformed",
}  # fmt: skip
DOCUMENT = "s3.get_bucket_policy"
_botocore = botocore.session.Session()


def timed_out(model: OperationModel) -> Exception:
    return ReadTimeoutError(endpoint_url="https://example.com")


def looping(model: OperationModel) -> Response:
    """The same token again and again, on pages that hold nothing."""
    service = model.service_model.service_name
    pager = _botocore.get_paginator_model(service).get_paginator(model.name)
    output = model.output_shape
    said = {}
    for token in _texts(pager["output_token"]):
        name = token.split(" ")[0].split("[")[0].split(".")[0]
        if name in output.members:
            said[name] = "again" * 10  # as long as any token must be
    if pager.get("more_results") in output.members:
        said[pager["more_results"]] = True
    for key in _texts(pager["result_key"]):
        name = key.split(".")[0]
        if output.members[name].type_name == "list":
            said[name] = []
    return serialized(model, said)


def _texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def fault(way: str, cloud: Cloud, call: str) -> Fault:
    return {
        "denied": denied,
        "denied by the organisation": failing("AccessDenied", SCP, 403),
        "throttled for ever": failing("ThrottlingException"),
        "500": failing("InternalFailure", status=500),
        "timeout": timed_out,
        "cut": cut(cloud, call),
        "empty": lambda model: (200, {}, b""),
        "a page": lambda model: (200, {}, HTML),
        "token expired": failing("ExpiredTokenException"),
        "region off": failing("OptInRequired", status=403),
        "page loop": looping,
    }[way]


def operations() -> Iterator[tuple[ResourceType, str]]:
    """Every operation with the first type that asks it, and with each that is listed by it."""
    seen = set[str]()
    for kind in TYPES.values():
        for call in dict.fromkeys((kind.list, *(c.call for c in kind.calls))):
            if call and (call not in seen or lists(kind, call)):
                seen.add(call)
                yield kind, call


def paged(call: str) -> bool:
    service, _, name = call.partition(".")
    try:
        pagers = _botocore.get_paginator_model(service)._paginator_config
    except botocore.exceptions.UnknownServiceError:
        return False
    return any(xform_name(pager) == name for pager in pagers)


def by_pages(kind: ResourceType, call: str) -> bool:
    """Whether all pages of it are asked for."""
    whole = {kind.list, *(c.call for c in kind.each if c.items)}
    return call in whole | ({kind.batch.call} if kind.batch else set())


@pytest.fixture(scope="module")
def cloudy() -> tuple[Session, Cloud]:
    cloud = Cloud()
    return cloud.attach(hasty()), cloud


@pytest.mark.parametrize("way", WAYS)
def test_no_operation_that_fails_is_taken_for_an_answer(
    way: str, cloudy: tuple[Session, Cloud]
) -> None:
    session, cloud = cloudy
    tried = 0
    for kind, call in operations():
        if way == "page loop" and not (paged(call) and by_pages(kind, call)):
            continue
        cloud.reset()
        cloud.without(hindering(kind))
        cloud.faults[call] = fault(way, cloud, call)
        made = collected(session, family(TYPES, {kind.type}), task_seconds=120)
        entries = asked(made, kind.type, call)
        told = f"{kind.type} {call}: {[(e.status, e.error_code, e.message) for e in entries]}"
        assert entries, told
        if call == DOCUMENT and way in ("cut", "a page"):
            # its body is a document of any sort to the wire; what is none is met when the row is made, and
            # hides what that one policy says, not that it is there
            assert all(UNREADABLE in row.unread for row in of_type(made, kind.type)), told
            assert of_type(made, kind.type), told
            continue
        statuses = {e.status for e in entries}
        if way == "throttled for ever":
            # those that wait behind what is throttled are not even asked by the deadline
            statuses.discard("timeout")
        assert statuses == {WAYS[way]}, told
        assert not any(e.complete for e in entries), told
        assert all(e.finished and e.error_code for e in entries), told
        if lists(kind, call):
            assert of_type(made, kind.type) == [], told
            assert listed(made, kind.type), told
            assert all(listed(made, child) for child in below(kind.type)), told
        else:
            rows = of_type(made, kind.type)
            assert any(call in row.unread for row in rows) or not rows, told
            assert rows or way == "token expired" or listed(made, kind.type), told
        tried += 1
    assert tried > (60 if way == "page loop" else 140)


def test_every_operation_is_there() -> None:
    assert {call for _, call in operations()} == allowed(TYPES.values()) - ALWAYS


OTHER = "999988887777"
KEYS = {
    "AccessKeyId": "AKIDAKIDAKIDAKID", "SecretAccessKey": "s", "SessionToken": "t",
    "Expiration": datetime(2999, 1, 1, tzinfo=UTC),
}  # fmt: skip
BESIDE = sorted(ALWAYS | REACH | {TAG_POLICY, LOOKUP, LISTS, TAGGED, *USES})
FIRST = {"sts.get_caller_identity", "organizations.list_accounts"}
"""Without their answers there is nothing to scan: they end it, and say why."""


@pytest.fixture(scope="module")
def beside() -> tuple[Session, Cloud]:
    """A session that may ask what the settings can ask for beside the types."""
    cloud, clock = Cloud(), Clock()
    patience = Patience(Rates(clock=clock), clock.sleep)
    return cloud.attach(Session(patience=patience, also=frozenset(BESIDE))), cloud


def ledger_of(call: str, session: Session) -> list[Entry]:
    """What a scan writes down that asks this, and claims nothing by it."""
    ledger = Ledger()
    own = Account(Identity(ACCOUNT, "aws", f"arn:aws:iam::{ACCOUNT}:user/u"), (REGION,))
    if call == TAG_POLICY:
        assert required_tags(session, own.identity, ledger) == {}
    elif call == LOOKUP:
        row = actual("aws_ebs_volume", "vol-1", account=ACCOUNT, created_at="2026-11-02T10:00:00Z")
        now = datetime(2026, 11, 23, tzinfo=UTC)
        assert makers(session, [own], ledger, 1, now, [row]) == {}
    elif call in USES:
        role = f"arn:aws:iam::{ACCOUNT}:role/r"
        one = SimpleNamespace(resource=role, arn=role, account=ACCOUNT)
        assert last_accessed(session, [own], ledger, [one], lambda _: None) == []
    elif call in (LISTS, TAGGED):
        found: Any = SimpleNamespace(rows=[], ledger=ledger)
        identify(session, [own], found, 600)
    else:
        settings = Settings(
            regions=(REGION,), accounts=(OTHER,), organization=call == "organizations.list_accounts"
        )
        estate = survey(session, settings, "scan")
        entered = {account.identity.account for account in estate.accounts}
        assert (OTHER in entered) == (call != "sts.assume_role")
        return [*estate.entries, *estate.dark]
    return ledger.entries()


@pytest.mark.parametrize("call", BESIDE)
def test_what_is_asked_beside_the_types_is_told_as_well(
    call: str, beside: tuple[Session, Cloud]
) -> None:
    session, cloud = beside
    for way, status in WAYS.items():
        if way == "page loop" and not (paged(call) and call != LOOKUP):  # which reads few pages
            continue
        cloud.reset()
        cloud.faults["sts.get_caller_identity"] = lambda model: serialized(
            model, {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/u", "UserId": "u"}
        )
        cloud.faults["sts.assume_role"] = lambda model: serialized(model, {"Credentials": KEYS})
        cloud.faults[call] = fault(way, cloud, call)
        if call in FIRST:
            with pytest.raises(CredentialsError) as caught:
                ledger_of(call, session)
            assert caught.value.hint, way
            continue
        mine = [e for e in ledger_of(call, session) if f"{e.service}.{e.operation}" == call]
        waited = {"timeout"} if way == "throttled for ever" else set()
        assert {e.status for e in mine} - waited == {status}, way
        assert not any(e.complete for e in mine), way
