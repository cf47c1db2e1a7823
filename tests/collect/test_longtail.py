"""What is known by its ARN alone: asked within bounds, marked as such, and proof of nothing else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from scanner.catalog.longtail import longtail
from scanner.collect import longtail as module
from scanner.collect.ledger import Ledger
from scanner.collect.longtail import Identified, identify
from scanner.collect.session import LISTS, TAGGED, Account, Identity, Session
from scanner.derive.longtail import recognise
from scanner.derive.matching import Match
from scanner.errors import NotReadOnly
from scanner.judge.summary import coverage

from .cloud import ACCOUNT, REGION, Clock, Cloud, Response, error, serialized

ARN = f"arn:aws:datasync:{REGION}:{ACCOUNT}"
TASK = "aws_datasync_task"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three types, of which one has no region."""
    names = ("aws_cloudfront_realtime_log_config", "aws_datasync_agent", TASK)
    held = {name: longtail()[name] for name in names}
    monkeypatch.setattr(module, "longtail", lambda: held)


def session(cloud: Cloud) -> Session:
    from scanner.collect.patience import Patience
    from scanner.collect.rates import Rates

    clock = Clock()
    patience = Patience(Rates(clock=clock), clock.sleep)
    return cloud.attach(Session(patience=patience, also=frozenset({LISTS, TAGGED})))


def asked(cloud: Cloud, *held: str) -> tuple[list[Identified], Ledger]:
    identity = Identity(ACCOUNT, "aws", f"arn:aws:iam::{ACCOUNT}:user/u")
    ledger = Ledger()
    accounts = [Account(identity, (REGION, "us-east-1"))]
    rows = [SimpleNamespace(arn=None, id=name) for name in held]
    found: Any = SimpleNamespace(rows=rows, ledger=ledger)
    return identify(session(cloud), accounts, found, 600), ledger


def listing(cloud: Cloud, **answers: Any) -> None:
    """Cloud Control's answer by the last word of a type."""

    def lists(model: Any) -> Response:
        name = listed.pop(0)
        answer = answers.get(name, [])
        if isinstance(answer, str):
            return error(model, answer)
        return serialized(model, {"ResourceDescriptions": [{"Identifier": a} for a in answer]})

    listed: list[str] = []
    cloud.faults[LISTS] = lists
    cloud.listed = listed  # type: ignore[attr-defined]


def test_one_call_a_type_and_region_and_one_more_for_what_is_tagged(
    few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 1)  # one after another, as the answers below are
    cloud = Cloud()
    listing(
        cloud,
        agents=[f"{ARN}:agent/agent-1", f"{ARN.replace(REGION, 'us-west-2')}:agent/far"],
        tasks=[f"{ARN}:task/task-1", f"{ARN.replace(ACCOUNT, '999988887777')}:task/shared"],
        nothing="TypeNotFoundException",
        unable="UnsupportedActionException",
    )
    cloud.listed += ["nothing", "agents", "unable", "tasks", "nothing"]  # type: ignore[attr-defined]
    tagged = [f"{ARN}:task/task-1", f"{ARN}:location/loc-1", f"{ARN}:held", f"{ARN}:x/held-by-id"]

    def tags(model: Any) -> Response:
        held = [{"ResourceARN": arn, "Tags": []} for arn in tagged]
        return serialized(model, {"ResourceTagMappingList": held, "PaginationToken": ""})

    cloud.faults[TAGGED] = tags
    found, ledger = asked(cloud, f"{ARN}:held", "held-by-id")
    assert [(one.arn, one.region, one.type, one.via) for one in found] == [
        (f"{ARN}:agent/agent-1", REGION, "aws_datasync_agent", "cloudcontrol"),
        (f"{ARN}:location/loc-1", REGION, "", "tagging"),
        (f"{ARN}:task/task-1", REGION, TASK, "cloudcontrol"),
    ]
    assert cloud.asked == {LISTS: 1 + 2 * 2, TAGGED: 2}
    # no list of a type is no gap; what is denied is one
    entries = ledger.entries()
    assert sorted(e.status for e in entries) == ["ok"] * 4 + ["unsupported"] * 3
    assert coverage(entries, {}, {}).percent == 100.0


def test_a_denial_is_a_gap_and_an_identifier_that_is_no_arn_is_not_taken(
    few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 1)
    cloud = Cloud()
    listing(cloud, agents="AccessDeniedException", tasks=["task-1"])
    cloud.listed += ["", "agents", "", "tasks", ""]  # type: ignore[attr-defined]
    cloud.faults[TAGGED] = lambda model: serialized(model, {"ResourceTagMappingList": []})
    found, ledger = asked(cloud)
    assert found == []
    broken = {e.type: e.status for e in ledger.entries() if not e.complete}
    assert broken == {"aws_datasync_agent": "denied", TASK: "malformed"}
    assert coverage(ledger.entries(), {}, {}).percent < 100


def test_without_the_settings_neither_is_asked() -> None:
    guarded = Cloud().attach(Session())
    for call, params in ((LISTS, {"TypeName": "AWS::DataSync::Task"}), (TAGGED, {})):
        service, _, operation = call.partition(".")
        with pytest.raises(NotReadOnly):
            getattr(guarded.client(service, REGION), operation)(**params)


def declared(type_: str, arn: str, status: str = "unsupported") -> Match:
    instance = SimpleNamespace(arn=arn, type=type_)
    return Match(instance, type_, ACCOUNT, REGION, "id", status=status, reason="not collected")


def test_what_is_found_of_a_declared_instance_is_not_compared_and_what_is_not_stays() -> None:
    there, gone = declared(TASK, f"{ARN}:task/1"), declared(TASK, f"{ARN}:task/2")
    other = declared("aws_datasync_agent", f"{ARN}:task/3")
    tagged = declared("aws_new_thing", f"{ARN}:new/4")
    collected = declared("aws_sqs_queue", f"{ARN}:task/5", status="missing")
    found = [
        Identified(f"{ARN}:task/{n}", ACCOUNT, REGION, TASK, "cloudcontrol") for n in (1, 3, 5)
    ]
    found.append(Identified(f"{ARN}:new/4", ACCOUNT, REGION, "", "tagging"))
    matches = [there, gone, other, tagged, collected]
    known = recognise(matches, found, complete_sources=True)
    assert [m.status for m in matches] == [
        "not_compared", "unsupported", "unsupported", "not_compared", "missing",
    ]  # fmt: skip
    assert "identifier only (cloudcontrol:ListResources)" in there.reason
    assert [k.state for k in known] == ["declared", "unmanaged", "unmanaged", "declared"]
    states = {k.state for k in recognise([], found, complete_sources=False)}
    assert states == {"unknown"}
