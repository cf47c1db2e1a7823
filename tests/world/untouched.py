"""A world as its last apply left it, before anybody changed anything by hand, and what Terraform says of it.

    python -m tests.world.untouched WORLD...

The state is the one that was never refreshed, which is what most states in the wild look like. The command
asks `terraform plan -refresh-only` (Terraform and the provider must be at hand) and writes
`oracle-untouched.json`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scanner.catalog import aliases, load
from scanner.model import Report
from scanner.replay import recording, served
from scanner.scan import scan
from scanner.settings import Settings

from . import edited

WORLDS = edited.WORLDS
ORACLE = "oracle-untouched.json"
STATE = "rev2.raw.tfstate"
APPLIED = "applied"
"""In world.json: how many requests of the recording are the configuration's."""

Pairs = set[tuple[str, str]]


def before_hands(world: str, folder: Path) -> Path:
    """A world of the same requests up to the last apply, in the folder."""
    source, made = WORLDS / world, folder / f"{world}-untouched"
    made.mkdir()
    known = recording.read_world(source)
    recording.write_entries(made, recording.read_entries(source)[: int(str(known[APPLIED]))])
    (made / recording.WORLD).write_text(json.dumps(known))
    return made


def report(world: str, folder: Path) -> Report:
    """The scan of it, with the state that was never refreshed."""
    state = str(WORLDS / world / STATE)
    with served(before_hands(world, folder)) as cloud, cloud.applied():
        return scan(
            Settings(states=(state,), store=str(folder / f"{world}-untouched-store"))
        ).report


def terraform(world: str) -> Pairs:
    """What Terraform says changed, of what is compared, or is gone."""
    said = json.loads((WORLDS / world / ORACLE).read_text())
    return {(place, name) for place, changed in said.items() for name in changed}


def default_tags(state: Mapping[str, Any]) -> dict[str, str]:
    """The tags that the provider gave to everything."""
    every = [
        set(instance["attributes"]["tags_all"].items())
        for resource in state["resources"]
        for instance in resource["instances"]
        if resource["mode"] == "managed" and instance["attributes"].get("tags_all")
    ]
    return dict(set.intersection(*every)) if every else {}


def compared(drift: Mapping[str, Any]) -> list[str]:
    """The compared attributes that an object of the plan lost or has otherwise."""
    kind = load().get(aliases().get(drift["type"], ""))
    if kind is None:
        return []
    if not drift["change"]["after"]:
        return ["<gone>"]
    return sorted({*kind.attributes, "tags"} & set(edited.changed(drift["change"])))


if __name__ == "__main__":
    for each in sys.argv[1:]:
        state = (WORLDS / each / STATE).read_bytes()
        with tempfile.TemporaryDirectory() as work, tempfile.TemporaryDirectory() as other:
            cut = before_hands(each, Path(other))
            drift = edited.drift(cut, state, Path(work), default_tags(json.loads(state)))
        said = {one["address"]: names for one in drift if (names := compared(one))}
        edited.write(WORLDS / each / ORACLE, said)
        print(f"{each}: {sum(map(len, said.values()))} attributes changed at {len(said)} addresses")
