"""On every recorded world: per (address, attribute) the same drift as Terraform, but for what is listed.

`fixtures/worlds/exceptions.toml` lists where the two part, each with its reason. An exception that no
longer holds fails too, so that the list only shrinks.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from scanner.catalog import aliases
from scanner.model import Report
from scanner.replay import served
from scanner.scan import scan
from scanner.settings import Settings

pytestmark = pytest.mark.world

WORLDS = Path(__file__).resolve().parents[2] / "fixtures" / "worlds"
NAMES = sorted(path.name for path in WORLDS.iterdir() if (path / "oracle1.json").is_file())
STATES = ("rev1", "rev2", "rev1.raw", "rev2.raw")
ALWAYS_COMPUTED = {"latest_restorable_time", "qualified_arn", "qualified_invoke_arn",
                   "latest_version", "tags_all"}  # fmt: skip
# the refresh dropped this policy from the state, so it is told on its queue afterwards
MOVED = {
    ("harbour", "rev2.raw"): {
        ("aws_sqs_queue_policy.capture", "policy"),
        ('module.worker["capture"].aws_sqs_queue.main', "policy"),
    }
}

Pairs = set[tuple[str, str]]


def exceptions(world: str, side: str) -> Pairs:
    document = tomllib.loads((WORLDS / "exceptions.toml").read_text(encoding="utf-8"))
    entries = document.get(world, {}).get(side, [])
    assert all(entry["reason"] for entry in entries)
    return {(address, attribute) for entry in entries for address, attribute in entry["pairs"]}


def terraform(world: str, revision: str) -> Pairs:
    document = json.loads((WORLDS / world / f"oracle{revision}.json").read_text())
    return {
        (drift["address"], attribute)
        for drift in document["drift"]
        if aliases().get(drift["type"])
        for attribute in drift["changed"]
        if attribute not in ALWAYS_COMPUTED
    }


def watchbill(report: Report) -> Pairs:
    names = {"drift/changed-attribute": "attribute", "drift/missing-resource": None}
    return {
        (str(f.address), str(f.evidence[name]) if (name := names[f.rule]) else "<gone>")
        for f in report.findings
        if f.rule in names
    }


@pytest.fixture(scope="module", params=NAMES)
def judged(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, dict[str, Report]]:
    world = request.param
    reports = {}
    with served(WORLDS / world) as cloud, cloud.applied():
        for state in STATES:
            settings = Settings(
                states=(str(WORLDS / world / f"{state}.tfstate"),),
                store=str(tmp_path_factory.mktemp(f"{world}-{state}")),
            )
            reports[state] = scan(settings).report
    return world, reports


def test_the_same_drift_as_terraform(judged: tuple[str, dict[str, Report]]) -> None:
    world, reports = judged
    theirs_alone: Pairs = set()
    ours_alone: Pairs = set()
    agreed = 0
    for state, report in reports.items():
        wanted, found = terraform(world, state[3]), watchbill(report)
        moved = MOVED.get((world, state), set())
        theirs_alone |= wanted - found - moved
        ours_alone |= found - wanted - moved
        agreed += len(wanted & found)
    print(f"{world}: {agreed} agreed, {len(theirs_alone)} Terraform's, {len(ours_alone)} ours")
    versions = {pair for pair in ours_alone if pair[1] == "version"}  # Terraform's too, as computed
    assert theirs_alone == exceptions(world, "terraform")
    assert ours_alone - versions == exceptions(world, "watchbill")
    assert agreed > 80


def test_everything_declared_has_one_status(judged: tuple[str, dict[str, Report]]) -> None:
    for report in judged[1].values():
        assert report.coverage.percent == 100.0, report.coverage.gaps
        assert sum(report.counts.declared.values()) == sum(s.instances for s in report.sources)
        assert report.counts.declared["unreadable"] == 0
        assert report.counts.declared["out_of_scope"] == 0


def test_the_types_are_spread_wide() -> None:
    types: set[Any] = set()
    for name in NAMES:
        for revision in "12":
            types |= set(
                json.loads((WORLDS / name / f"oracle{revision}.json").read_text())["types"]
            )
    collected = {name for name in types if name in aliases()}
    print(f"{len(collected)} of {len(types)} types of the recorded worlds are compared")
    assert len(collected) >= 100
