"""Drift made by hand in the emulator, taken over by a state, seen by real scans and told by the commands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from scanner import shipped
from scanner.cli import run
from scanner.model import Finding, Report
from scanner.replay import REGION, Served
from scanner.scan import scan
from scanner.settings import Settings
from tests.declared.states import instance, resource, state

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("harbour")]

NAME, STRAY = "history-declared", "history-stray"
KEPT = {"drift/changed-attribute", "drift/unmanaged-resource", "drift/absorbed-change"}
OTHERS = tuple(
    sorted({f"{p.parent.name}/{p.stem}" for p in shipped.rules().glob("*/*.sql")} - KEPT)
)
START = datetime(2026, 11, 1, 2, tzinfo=UTC)


def declared(url: str, arn: str, timeout: int, serial: int) -> bytes:
    attributes = {
        "id": url, "url": url, "arn": arn, "name": NAME, "visibility_timeout_seconds": timeout,
    }  # fmt: skip
    return state(resource("aws_sqs_queue", "kept", instance(attributes=attributes)), serial=serial)


def of(report: Report, rule: str, name: str = NAME) -> Finding:
    (one,) = [f for f in report.findings if (f.rule, f.name) == (rule, name)]
    return one


def test_drift_is_followed_from_night_to_night(
    cloud: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with cloud.applied():
        told(tmp_path, capsys)


def told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sqs: Any = botocore.session.get_session().create_client("sqs", region_name=REGION)
    file, store = tmp_path / "a.tfstate", tmp_path / "store"
    settings = Settings(states=(str(file),), store=str(store), disable=OTHERS)

    def night(number: int) -> Report:
        return scan(settings, now=START + timedelta(days=number)).report

    made: list[str] = []
    try:
        made.append(sqs.create_queue(QueueName=NAME)["QueueUrl"])
        url = made[0]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        write: Callable[[int, int], Any] = lambda timeout, serial: file.write_bytes(  # noqa: E731
            declared(url, arn["QueueArn"], timeout, serial)
        )
        write(30, 1)
        first = night(0)
        assert not [f for f in first.findings if f.name == NAME]

        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "77"})
        made.append(sqs.create_queue(QueueName=STRAY)["QueueUrl"])
        drift = of(night(1), "drift/changed-attribute")
        assert drift.story is not None
        assert (drift.status, drift.story.after, drift.story.since) == (
            "new", "2026-11-01T02:00:00Z", "2026-11-02T02:00:00Z",
        )  # fmt: skip

        write(77, 2)
        sqs.delete_queue(QueueUrl=made.pop())
        third = night(2)
        assert of(third, "drift/changed-attribute").status == "gone"
        assert of(third, "drift/unmanaged-resource", STRAY).status == "gone"
        absorbed = of(third, "drift/absorbed-change")
        assert (absorbed.status, absorbed.evidence["before"], absorbed.evidence["now"]) == (
            "new", "30", "77",
        )  # fmt: skip
        assert (absorbed.evidence["serial_before"], absorbed.evidence["serial"]) == (1, 2)
    finally:
        for queue in made:
            sqs.delete_queue(QueueUrl=queue)

    figures = third.figures
    assert figures is not None
    assert [(d.new, d.fixed) for d in figures.days[1:]] == [(2, 0), (0, 2)]
    assert figures.cleanup.fixed == 2

    capsys.readouterr()
    assert run(["explain", absorbed.fingerprint, "--store", str(store)]) == 0
    assert "took over what was drift" in capsys.readouterr().out
    assert run(["figures", "--store", str(store)]) == 0
    assert "Figures over 3 scans since 2026-11-01 02:00 UTC" in capsys.readouterr().out
    flow = "select sum(fixed)::bigint as fixed from flow() where run = 3"
    assert run(["query", "--history", flow, "--store", str(store)]) == 0
    assert capsys.readouterr().out == '{"fixed": 2}\n'
