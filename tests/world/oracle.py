"""Our verdict beside Terraform's on every recorded world: per (address, attribute), what drifted.

    python -m tests.world.oracle [WORLD]...

prints recall and precision a world, and every parting that `fixtures/worlds/exceptions.toml` lists, with its
reason. It ends with 1 where the two part anywhere else, or where a listed parting no longer holds.
"""

from __future__ import annotations

import json
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scanner.catalog import aliases
from scanner.model import Report
from scanner.replay import served
from scanner.scan import scan
from scanner.settings import Settings

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


@dataclass(frozen=True)
class Verdict:
    """What both call drift, and what one alone does, over all states of a world."""

    agreed: int
    theirs: Pairs
    ours: Pairs
    wanted: int
    found: int


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
    with served(WORLDS / world) as cloud, cloud.applied():
        for state in STATES:
            settings = Settings(
                states=(str(WORLDS / world / f"{state}.tfstate"),),
                store=str(folder / f"{world}-{state}"),
            )
            made[state] = scan(settings).report
    return made


def verdict(world: str, scans: Mapping[str, Report]) -> Verdict:
    """Both verdicts over all states."""
    theirs: Pairs = set()
    ours: Pairs = set()
    agreed = wanted_in_all = found_in_all = 0
    for state, report in scans.items():
        wanted, found = terraform(world, state[3]), watchbill(report)
        moved = MOVED.get((world, state), set())
        theirs |= wanted - found - moved
        # Terraform's too, where it computes a version
        ours |= {pair for pair in found - wanted - moved if pair[1] != "version"}
        agreed += len(wanted & found)
        wanted_in_all += len(wanted - moved)
        found_in_all += len(found - moved)
    return Verdict(agreed, theirs, ours, wanted_in_all, found_in_all)


def main(worlds: Iterable[str]) -> int:
    """Print the table; 1 where an unlisted parting is found, or a listed one is not."""
    wrong = agreed = wanted = found = 0
    print(
        f"{'world':<12}{'agreed':>8}{'recall':>9}{'precision':>11}   of all pairs, before exceptions"
    )
    for world in worlds:
        with tempfile.TemporaryDirectory() as folder:
            made = verdict(world, reports(world, Path(folder)))
        agreed, wanted, found = agreed + made.agreed, wanted + made.wanted, found + made.found
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
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:] or NAMES))
