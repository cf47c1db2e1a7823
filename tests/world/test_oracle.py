"""On every recorded world: per (address, attribute) the same drift as Terraform, but for what is listed.

`fixtures/worlds/exceptions.toml` lists where the two part, each with its reason. An exception that no
longer holds fails too, so that the list only shrinks.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from scanner.catalog import aliases
from scanner.model import Report
from scanner.store.connection import sandbox

from . import unowned, untouched
from .oracle import NAMES, WORLDS, listed, reports, verdict, watchbill

pytestmark = pytest.mark.world
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
READ = "arn:aws:iam::aws:policy/ReadOnlyAccess"
GRAIN = "arn:aws:iam::123456789012:policy/grain"


class Judged(NamedTuple):
    """A world's scans, a report a state, and the folder that their stores are below."""

    world: str
    scans: dict[str, Report]
    folder: Path


@pytest.fixture(
    scope="module",
    # a world is scanned by one worker, for all that asks of it
    params=[pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in NAMES],
)
def judged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    folder = tmp_path_factory.mktemp(request.param)
    return Judged(request.param, reports(request.param, folder), folder)


def test_the_same_drift_as_terraform(judged: Judged) -> None:
    world, scans, _ = judged
    made = verdict(world, scans)
    print(f"{world}: {made.agreed} agreed, {len(made.theirs)} Terraform's, {len(made.ours)} ours")
    terraform, watchbill = listed(world, "terraform"), listed(world, "watchbill")
    assert all(terraform.values())
    assert all(watchbill.values())
    assert made.theirs == terraform.keys()
    assert made.ours == watchbill.keys()
    assert made.agreed > 80
    # an edit of a state is drift as one of a cloud is
    assert len(made.by_rule) > 80


def test_what_nobody_touched_has_drifted_no_further_than_terraform_says(judged: Judged) -> None:
    """The state is as the last apply left it, never refreshed, and so is the cloud."""
    world, _, folder = judged
    ours = watchbill(untouched.report(world, folder))
    # the form of what was never refreshed, and what is told elsewhere, is Terraform's alone
    assert ours - untouched.terraform(world) == listed(world, "untouched").keys()


def test_everything_declared_has_one_status(judged: Judged) -> None:
    # a group in a directory that its account does not have
    elsewhere = int(judged.world == "depot")
    for report in judged.scans.values():
        assert report.coverage.percent == 100.0, report.coverage.gaps
        assert sum(report.counts.declared.values()) == sum(s.instances for s in report.sources)
        assert report.counts.declared["unreadable"] == 0
        assert report.counts.declared["out_of_scope"] == elsewhere


def test_exactly_the_listed_are_orphans(judged: Judged) -> None:
    world, scans, _ = judged
    document = tomllib.loads((WORLDS / "orphans.toml").read_text(encoding="utf-8"))
    if world == "harbour":  # test_harbour.py, by its own truth
        assert world not in document
        return
    wanted = [(f"orphan/{rule}", name) for rule, names in document[world].items() for name in names]
    orphans = [f for f in scans["rev2"].findings if f.rule.startswith("orphan/")]
    assert sorted((f.rule, f.name) for f in orphans) == sorted(wanted)
    assert {f.status for f in orphans} == {"new"}


def test_exactly_what_nobody_owns_is_unowned_and_nothing_has_expired(judged: Judged) -> None:
    world, scans, folder = judged
    if world == "harbour":  # test_harbour.py and test_owners.py, by its own truth
        return
    found = scans["rev2"].findings
    expiring = ("ownership/expir", "ownership/malformed")
    assert [f.says for f in found if f.rule.startswith(expiring)] == []
    (snapshot,) = (folder / f"{world}-rev2").glob("scans/*.duckdb")
    with sandbox(snapshot) as connection:
        rows = connection.execute(
            "select r.resource, r.type, r.name, r.address, r.parent from resources as r "
            "join owners as o using (resource) "
            "where o.state = 'missing' and r.taggable and r.origin = '' and not r.part"
        ).fetchall()
    wanted = unowned.truth(world)
    ours = {address if address in wanted else (type_, name) for _, type_, name, address, _ in rows}
    assert ours - wanted == set(), "somebody owns these"
    assert wanted - ours == set(), "nobody owns these"
    told = {f.resource for f in found if f.rule == "ownership/unowned-resource"}
    missing = {row[0] for row in rows}
    assert told <= missing
    # a part of what nobody owns is told with it
    assert {row[0] for row in rows if row[4] not in missing} <= told
    assert len(told) > 30


BY_HAND = {
    "lighthouse": {
        ("fat", "three"): "delete-role-policy --role-name fat --policy-name three",
        ("fat", ADMINISTRATOR): f"detach-role-policy --role-name fat --policy-arn {ADMINISTRATOR}",
        ("lam", ADMINISTRATOR): f"detach-role-policy --role-name lam --policy-arn {ADMINISTRATOR}",
        ("gang", READ): f"detach-group-policy --group-name gang --policy-arn {READ}",
    },
    "granary": {
        ("granary-a", "by-hand"): "delete-role-policy --role-name granary-a --policy-name by-hand",
        ("granary-b-c", GRAIN): f"detach-role-policy --role-name granary-b-c --policy-arn {GRAIN}",
    },
}
"""What their `src/mutate.py` gave to declared principals, and the call that takes it away."""
WIDENED = {"lighthouse": {"inl", "two"}, "granary": {"grain"}}


def test_what_was_given_by_hand_is_found_with_its_owner_and_what_is_declared_is_not(
    judged: Judged,
) -> None:
    if judged.world not in BY_HAND:
        return
    found = judged.scans["rev2"].findings
    given = {(f.name, f.evidence["policy"]): f for f in found if f.rule == "access/grant-by-hand"}
    calls = {
        key: next(line for line in f.fix.splitlines() if line.startswith("aws iam "))
        for key, f in given.items()
    }
    assert calls == {k: f"aws iam {call}" for k, call in BY_HAND[judged.world].items()}
    if judged.world == "lighthouse":  # whose tag says whose it is
        assert given["lam", ADMINISTRATOR].owner.team == "b"
    widened = {f.name for f in found if f.rule == "access/policy-widened"}
    assert widened == WIDENED[judged.world]


def test_the_types_are_spread_wide() -> None:
    types: set[Any] = set()
    for name in NAMES:
        for revision in "12":
            types |= set(
                json.loads((WORLDS / name / f"oracle{revision}.json").read_text())["types"]
            )
    collected = {name for name in types if name in aliases()}
    print(f"{len(collected)} of {len(types)} types of the recorded worlds are compared")
    assert len(collected) >= 200
