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
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

from scanner import shipped
from scanner.catalog import load
from scanner.collect import engine
from scanner.collect.accounts import regions_to_scan
from scanner.collect.rows import shaped
from scanner.collect.session import Account, Session
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


def moulds() -> list[Mould]:
    """A mould of every resource of harbour that is in sync, found by itself, and compared."""
    world = shipped.worlds() / "harbour"
    items: dict[str, list[Any]] = {}

    def keeping(kind: Any, item: Any, *rest: Any) -> Any:
        made, trouble = shaped(kind, item, *rest)
        if made:
            items.setdefault(made.resource, []).append(item)
        return made, trouble

    with (
        tempfile.TemporaryDirectory() as scratch,
        mock.patch.object(engine, "shaped", keeping),
        served(world) as cloud,
        cloud.applied(),
    ):
        session = Session()
        regions = regions_to_scan(session, ())
        hide = hider(Path(scratch))
        account = Account(session.identity(regions[0]), regions)
        collected = engine.Engine(session, [account], hide=hide).run(load())
        declared = read_states([str(world / "rev2.tfstate")])[0].instances
        seen = Seen(collected.ledger.entries())
        facts = derive(
            declared,
            collected.rows,
            seen,
            Settings(),
            hide,
            states_whole=True,
            now=datetime.now(UTC),
        )
        list(facts.comparisons)
    found = []
    for match in facts.matching.matches:
        kind, held = load().get(match.type), match.resource
        if kind is None or held is None or kind.container or kind.part:
            continue
        given = match.declared.attributes
        # what a resource of its own speaks for stands in its parent's state too
        mirrors = any(a.owner and given.get(name) for name, a in kind.attributes.items())
        # AWS has one subscription of an endpoint to a topic, and a copy would be of the same two
        alike = match.key not in json.dumps(given)
        alone = facts.matching.classes[held.resource] == "declared" and not mirrors and not alike
        if match.status == "in_sync" and alone and len(items[held.resource]) == 1:
            region = held.region if kind.scope == "region" else "global"
            found.append(_mould(match, kind, held, region, items[held.resource][0]))
    return found


def _mould(match: Any, kind: Any, row_: Any, region: str, item: Any) -> Mould:
    own = row_.name if row_.name in row_.id else row_.key if row_.key in row_.id else row_.id
    names = sorted({own, own if row_.key in row_.id or own in row_.key else row_.key}, key=len)
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
