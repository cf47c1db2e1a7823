"""The way of a message, or of a principal, as it is drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scanner.tell.route import Route, Stop, route

from . import sample

ALARM = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:cpu"


@pytest.mark.parametrize(
    ("evidence", "stops"),
    [
        (
            {"path": [ALARM, "arn:aws:sns:us-east-1:123456789012:ops"], "reason": "nobody listens"},
            ["name", "cpu", "ops", "!nobody listens", "somebody"],
        ),
        ({"path": [], "reason": "no alarm"}, ["name", "!no alarm", "somebody"]),
        (
            {"silent_alarms": [ALARM], "reason": "its actions are off"},
            ["name", "cpu", "!its actions are off", "somebody"],
        ),
        ({"silent_alarms": [ALARM, "b"], "reason": "r"}, ["name", "2 alarms", "!r", "somebody"]),
        (
            {"principal_name": "ci", "does": "rewrite p", "gives": "administrator", "hops": 1},
            ["ci", "!rewrite p", "administrator"],
        ),
        (
            {"principal_name": "ci", "does": "take r", "gives": "another role", "hops": 3},
            ["ci", "!take r", "2 more steps", "another role"],
        ),
    ],
)
def test_stops(evidence: dict[str, Any], stops: list[str]) -> None:
    way = route(replace(sample.FINDINGS[0], name="name", evidence=evidence))
    assert isinstance(way, Route)
    assert ["!" * (stop.kind == "broken") + stop.says for stop in way.stops] == stops
    assert way.stops[-1].kind == "end"


@pytest.mark.parametrize(
    "evidence",
    [{}, {"reason": "r"}, {"path": []}, {"reason": 1, "path": []}, {"does": "d"}, {"gives": "g"}],
)
def test_no_way_is_told_where_the_evidence_has_none(evidence: dict[str, Any]) -> None:
    assert route(replace(sample.FINDINGS[0], evidence=evidence)) is None


def test_what_is_no_text_is_no_stop() -> None:
    way = route(replace(sample.FINDINGS[0], name="n", evidence={"path": [1, None], "reason": "r"}))
    assert way == Route(
        "As far as a message gets", (Stop("n"), Stop("r", "broken"), Stop("somebody", "end"))
    )
