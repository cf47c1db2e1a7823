"""Makes an estate of any size out of a recorded world: states and AWS's answers, with known drift.

Every resource of the world that Terraform and watchbill agree on is a mould. A copy has the mould's own
state and its own answers of AWS, as they were recorded, under another name and id; so the shapes, the
sizes and the mix of types are those of a real provider. What is changed, missing and unmanaged follows from
the copy's number, so that the right counts are known.
"""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner import shipped
from scanner.catalog import load
from scanner.collect.engine import Engine, Listing
from scanner.collect.session import Session, regions_to_scan
from scanner.declared import read_states
from scanner.derive.facts import derive
from scanner.replay import served
from scanner.secrets import hider
from scanner.seen import Seen
from scanner.settings import Settings

PER_STATE = 10_000
MARK = "\x00"
CHANGED, MISSING, UNMANAGED = 50, 100, 33
"""One in so many copies."""


@dataclass(frozen=True)
class Mould:
    """The texts of one resource, cut where its name or id stands."""

    type: str
    region: str
    taggable: bool
    instance: list[str]
    drifted: list[str]
    item: list[str]


@dataclass(frozen=True)
class Truth:
    """What a right scan of the estate says."""

    in_sync: int
    changed: int
    missing: int
    unmanaged: int


class _Kept(Engine):
    """An engine that keeps the raw items."""

    def _rows(self, listings: Any) -> Any:
        self.listings: list[Listing] = list(listings)
        return super()._rows(self.listings)


def moulds() -> list[Mould]:
    """A mould of every resource of harbour that is in sync, found by itself, and compared."""
    world = shipped.worlds() / "harbour"
    with tempfile.TemporaryDirectory() as scratch, served(world) as cloud, cloud.applied():
        session = Session()
        regions = regions_to_scan(session, ())
        hide = hider(Path(scratch))
        engine = _Kept(session, session.identity(regions[0]), regions, hide=hide)
        collected = engine.run(load())
        declared = read_states([str(world / "rev2.tfstate")])[0].instances
        seen = Seen(collected.ledger.entries())
        facts = derive(declared, collected.rows, seen, Settings(), hide, states_whole=True)
    raw: dict[tuple[str, str], list[Any]] = {}
    for listing in engine.listings:
        for item in listing.items:
            raw.setdefault((listing.kind.type, listing.region), []).append(item)
    found = []
    for match in facts.matching.matches:
        kind, row = load().get(match.type), match.resource
        plain = row is not None and kind is not None and not kind.container and not kind.part
        if not plain or match.status != "in_sync" or kind is None or row is None:
            continue
        region = row.region if kind.scope == "region" else "global"
        own = [item for item in raw[kind.type, region] if _names(kind, item, row)]
        mirrors = any(
            a.owner and match.declared.attributes.get(n) for n, a in kind.attributes.items()
        )
        if len(own) == 1 and not mirrors and facts.matching.classes[row.resource] == "declared":
            found.append(_mould(match, kind, row, region, own[0]))
    return found


def _names(kind: Any, item: Any, row: Any) -> bool:
    from scanner.catalog.path import fill

    return str(fill(kind.id, item)) == row.id


def _mould(match: Any, kind: Any, row: Any, region: str, item: Any) -> Mould:
    own = row.name if row.name in row.id else row.key if row.key in row.id else row.id
    names = sorted({own, own if row.key in row.id or own in row.key else row.key}, key=len)
    name = re.compile("|".join(re.escape(one) for one in reversed(names)))
    attributes = dict(match.declared.attributes)
    drifted = dict(attributes)
    taggable = bool(kind.tags and "tags_all" in attributes)
    if taggable:
        drifted["tags_all"] = {**(attributes["tags_all"] or {}), "bench": "declared"}
    # as Terraform writes it; what the copies of a state share is told once, at its head
    texts = [json.dumps(side, indent=2) for side in (attributes, drifted)]
    texts.append(json.dumps(item, default=lambda moment: moment.isoformat()))
    cut = [name.sub(lambda found: f"{found[0]}{MARK}", text).split(MARK) for text in texts]
    return Mould(kind.type, region, taggable, *cut)


def write(folder: Path, count: int, made: list[Mould], night: int = 0) -> Truth:
    """`count` declared and about as many actual resources; one in a hundred is new each night."""
    folder.mkdir(parents=True, exist_ok=True)
    totals = dict.fromkeys(("in_sync", "changed", "missing", "unmanaged"), 0)
    with (folder / "actual.jsonl").open("w") as actual:
        for first in range(0, count, PER_STATE):
            resources = []
            for number in range(first, min(first + PER_STATE, count)):
                mould = made[number % len(made)]
                suffix = f"x{number:07}"
                if night and number % 100 == night:
                    suffix += f"n{night}"
                changed = mould.taggable and number % CHANGED == 7
                missing = number % MISSING == 11
                text = suffix.join(mould.drifted if changed else mould.instance)
                resources.append(_resource(mould.type, suffix, text))
                if not missing:
                    actual.write(_line(mould, suffix))
                totals["missing" if missing else "changed" if changed else "in_sync"] += 1
                if number % UNMANAGED == 5:
                    actual.write(_line(mould, f"{suffix}u"))
                    totals["unmanaged"] += 1
            head = {"version": 4, "terraform_version": "1.11.4", "serial": 1 + night}
            head["lineage"] = f"estate-{first}"
            text = json.dumps(head)[:-1] + ', "outputs": {}, "resources": [\n'
            (folder / f"{first:08}.tfstate").write_text(text + ",\n".join(resources) + "\n]}\n")
    return Truth(**totals)


def _resource(type_: str, name: str, attributes: str) -> str:
    return (
        f'{{"mode": "managed", "type": "{type_}", "name": "{name}", '
        '"provider": "provider[\\"registry.terraform.io/hashicorp/aws\\"]", '
        f'"instances": [{{"schema_version": 0, "attributes": {attributes}, "sensitive_attributes": []}}]}}'
    )


def _line(mould: Mould, suffix: str) -> str:
    item = suffix.join(mould.item)
    return f'{{"type": "{mould.type}", "region": "{mould.region}", "item": {item}}}\n'
