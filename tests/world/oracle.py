"""Our verdict beside Terraform's on every recorded world: per (address, attribute), what drifted.

    python -m tests.world.oracle [--unconfirmed] [WORLD]...

prints recall and precision a world, every parting that `fixtures/worlds/exceptions.toml` lists, with its
reason, and how many of the compared attributes Terraform's verdict confirms: both call an edit of it drift.
`--unconfirmed` lists the others. It ends with 1 where the two part anywhere else, or where a listed
parting no longer holds. Beside the recorded states of a world, an edited one is judged (`edited.py`).
"""

from __future__ import annotations

import copy
import json
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from scanner.catalog import aliases, load
from scanner.collect.engine import Collected, Engine
from scanner.collect.ledger import Ledger
from scanner.model import Report
from scanner.replay import served
from scanner.scan import scan
from scanner.settings import Settings

from . import edited

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

EDITED = "edited"
Pairs = set[tuple[str, str]]


@dataclass(frozen=True)
class Verdict:
    """What both call drift, and what one alone does, over all states of a world."""

    agreed: int
    theirs: Pairs
    ours: Pairs
    wanted: int
    found: int
    by_hand: Pairs = field(default_factory=set)
    """(type, attribute) of what both call drift, where the cloud was edited."""
    by_rule: Pairs = field(default_factory=set)
    """The same, where the state was."""


def listed(world: str, side: str) -> Mapping[tuple[str, str], str]:
    """Each parting that exceptions.toml lists, with its reason; `side` is terraform or watchbill."""
    document = tomllib.loads((WORLDS / "exceptions.toml").read_text(encoding="utf-8"))
    return {
        (address, attribute): entry["reason"]
        for entry in document.get(world, {}).get(side, [])
        for address, attribute in entry["pairs"]
    }


def terraform(world: str, revision: str) -> Pairs:
    """What the recorded `terraform plan -refresh-only` says, of the types that are collected."""
    document = json.loads((WORLDS / world / f"oracle{revision}.json").read_text())
    return {
        (drift["address"], attribute)
        for drift in document["drift"]
        if aliases().get(drift["type"])
        for attribute in drift["changed"]
        if attribute not in ALWAYS_COMPUTED
    }


def watchbill(report: Report) -> Pairs:
    """What the scan says, in the same form."""
    names = {"drift/changed-attribute": "attribute", "drift/missing-resource": None}
    return {
        (str(f.address), str(f.evidence[name]) if (name := names[f.rule]) else "<gone>")
        for f in report.findings
        if f.rule in names
    }


def reports(world: str, folder: Path) -> dict[str, Report]:
    """One scan for each state of a world, their stores below the folder."""
    made = {}
    files = {state: WORLDS / world / f"{state}.tfstate" for state in STATES}
    files[EDITED] = folder / f"{world}-{EDITED}.tfstate"
    files[EDITED].write_bytes(edited.edited(world)[0])
    with served(WORLDS / world) as cloud, cloud.applied(), asked_once():
        for state, file in files.items():
            store = folder / f"{world}-{state}"
            store.mkdir()
            (store / "key").write_bytes(bytes(32))  # what is hidden is the same in each store
            made[state] = scan(Settings(states=(str(file),), store=str(store))).report
    return made


@contextmanager
def asked_once() -> Iterator[None]:
    """The first scan asks the cloud; the others, of the same cloud, are given what it answered."""
    run, kept = Engine.run, []

    def given(self: Engine, *arguments: Any) -> Collected:
        if not kept:
            seen = run(self, *arguments)
            kept.append((seen.rows, seen.ledger.entries()))
        rows, entries = copy.deepcopy(kept[0])
        ledger = Ledger()
        ledger.take(entries)
        return Collected(rows, ledger)

    with patch.object(Engine, "run", given):
        yield


def verdict(world: str, scans: Mapping[str, Report]) -> Verdict:
    """Both verdicts over all states."""
    theirs: Pairs = set()
    ours: Pairs = set()
    agreed = wanted_in_all = found_in_all = 0
    by_hand: Pairs = set()
    by_rule: Pairs = set()
    for state, report in scans.items():
        found = watchbill(report)
        if state == EDITED:
            touched = edited.edited(world)[1]
            # the others were told with the state as it was
            wanted, found = edited.terraform(world), found & touched.keys()
        else:
            wanted = terraform(world, state[3])
        both, types = wanted & found, {str(f.address): f.type for f in report.findings}
        (by_rule if state == EDITED else by_hand).update(
            (aliases().get(types[address], ""), attribute) for address, attribute in both
        )
        moved = MOVED.get((world, state), set())
        theirs |= wanted - found - moved
        # Terraform's too, where it computes a version
        ours |= {pair for pair in found - wanted - moved if pair[1] != "version"}
        agreed += len(wanted & found)
        wanted_in_all += len(wanted - moved)
        found_in_all += len(found - moved)
    return Verdict(agreed, theirs, ours, wanted_in_all, found_in_all, by_hand, by_rule)


def main(worlds: Iterable[str], unconfirmed: bool = False) -> int:
    """Print the table; 1 where an unlisted parting is found, or a listed one is not."""
    wrong = agreed = wanted = found = 0
    by_hand: Pairs = set()
    by_rule: Pairs = set()
    print(
        f"{'world':<12}{'agreed':>8}{'recall':>9}{'precision':>11}   of all pairs, before exceptions"
    )
    for world in worlds:
        with tempfile.TemporaryDirectory() as folder:
            made = verdict(world, reports(world, Path(folder)))
        agreed, wanted, found = agreed + made.agreed, wanted + made.wanted, found + made.found
        by_hand |= made.by_hand
        by_rule |= made.by_rule
        recall, precision = made.agreed / made.wanted, made.agreed / made.found
        print(f"{world:<12}{made.agreed:>8}{recall:>9.1%}{precision:>11.1%}")
        for side, alone in (("terraform", made.theirs), ("watchbill", made.ours)):
            known = listed(world, side)
            for pair in sorted(alone | known.keys()):
                reason = known.get(pair, "NOT LISTED")
                reason = reason if pair in alone else f"NO LONGER SO: {reason}"
                wrong += pair not in alone or pair not in known
                print(f"    {side} alone: {pair[0]} {pair[1]}: {reason}")
    print(f"{'all':<12}{agreed:>8}{agreed / wanted:>9.1%}{agreed / found:>11.1%}")
    print(
        f"beyond the listed exceptions: {wrong} partings"
        + (" (recall and precision 100 %)" * (not wrong))
    )
    compared = {(name, attribute) for name, kind in load().items() for attribute in kind.attributes}
    by_hand &= compared
    confirmed = by_hand | by_rule & compared
    naming = set().union(*(edited.naming(world) for world in NAMES)) - confirmed
    print(
        f"confirmed by Terraform's own verdict: {len(confirmed)} of {len(compared)} compared attributes "
        f"({len(by_hand)} by an edit of a cloud, {len(confirmed - by_hand)} by one of a state); "
        f"{len(naming)} more say which object is meant"
    )
    if unconfirmed:
        left = defaultdict(list)
        for name, attribute in sorted(compared - confirmed - naming):
            left[name].append(attribute)
        print("not confirmed:")
        for name, attributes in left.items():
            print(f"    {name}: {', '.join(attributes)}")
    return int(bool(wrong))


if __name__ == "__main__":
    given = sys.argv[1:]
    named = [argument for argument in given if argument != "--unconfirmed"]
    raise SystemExit(main(named or NAMES, "--unconfirmed" in given))
