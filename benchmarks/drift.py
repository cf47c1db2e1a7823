"""What drift costs: seconds and memory from the bytes on disk to a judged snapshot, beside bare parsing.

    python benchmarks/drift.py [COUNT ...]          cold, and the next night, for each count
    python benchmarks/drift.py --terraform [WORLD]  our whole scan beside `terraform plan -refresh-only`

The floors are measured in the same run over the same bytes, each in a process of its own. `skim` is the
least that could notice a change: msgspec finds every instance and every answer, sha256 marks its bytes.
`parse` turns all of them into Python objects and does nothing with them. A run whose counts are not the
right ones fails.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

COUNTS = (10_000, 100_000)
ACCOUNT, REGION = "123456789012", "us-east-1"


class _RawInstance(msgspec.Struct):
    attributes: msgspec.Raw


class _RawResource(msgspec.Struct):
    type: str
    name: str
    instances: list[_RawInstance]


class _RawState(msgspec.Struct):
    resources: list[_RawResource]


class _Line(msgspec.Struct):
    type: str
    region: str
    item: dict[str, Any]


def skim(folder: Path) -> None:
    """Find and hash what may have changed."""
    for file in sorted(folder.glob("*.tfstate")):
        for one in msgspec.json.decode(file.read_bytes(), type=_RawState).resources:
            for instance in one.instances:
                hashlib.sha256(instance.attributes).digest()
    for line in _lines(folder):
        hashlib.sha256(line).digest()


def parse(folder: Path) -> None:
    """Make Python objects of everything."""
    for file in sorted(folder.glob("*.tfstate")):
        msgspec.json.decode(file.read_bytes())
    for line in _lines(folder):
        msgspec.json.decode(line)


def _lines(folder: Path) -> Iterator[bytes]:
    """AWS's answers, an item a line."""
    with (folder / "actual.jsonl").open("rb") as file:
        yield from file


def scan(folder: Path) -> dict[str, float]:
    """Our own way, from bytes to a published snapshot; returns the seconds of each part."""
    from scanner.catalog import load
    from scanner.collect.ledger import Entry
    from scanner.collect.rows import Row, Scope, row
    from scanner.declared import read_states
    from scanner.derive.facts import derive
    from scanner.judge.report import judge
    from scanner.scan import rules_of
    from scanner.secrets import hider
    from scanner.seen import GLOBAL, Seen
    from scanner.settings import Settings
    from scanner.store import snapshot as store
    from scanner.store.tables import facts_tables

    seconds: dict[str, float] = {}
    last = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal last
        now = time.perf_counter()
        seconds[name], last = now - last, now

    settings, place = Settings(), folder / "store"
    place.mkdir(exist_ok=True, mode=0o700)
    hide, rules, kinds = hider(place), rules_of(settings), load()
    lap("rules")
    states = read_states([str(folder)])
    lap("states")
    rows = []
    decoder = msgspec.json.Decoder(_Line)
    for line in _lines(folder):
        told = decoder.decode(line)
        scope = Scope(ACCOUNT, told.region, (REGION,))
        made = row(kinds[told.type], told.item, frozenset(), scope, hide)
        assert isinstance(made, Row), made
        rows.append(made)
    rows.sort(key=lambda r: (r.type, r.resource))
    lap("rows")
    entries = []
    for kind in kinds.values():
        for call in (kind.list, *(call.call for call in kind.calls)):
            service, _, operation = call.partition(".")
            where = REGION if kind.scope == "region" else GLOBAL
            entry = Entry(ACCOUNT, where, service, operation, kind.type)
            entry.end()
            entries += [entry] if call else []
    declared = [instance for state in states for instance in state.instances]
    facts = derive(declared, rows, Seen(entries), settings, hide, states_whole=True)
    lap("derive")
    before = store.published(place)
    previous = store.document(before[-1]) if before else None
    moment = datetime.now(UTC)
    now = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    with store.Writer(place, store.new_id(moment)) as writer:
        writer.insert("scan", [_scan_row(writer.id, now)])
        for table, found in facts_tables(now, entries, states, rows, facts):
            writer.insert(table, found)
        lap("store")
        report = judge(
            writer, rules, previous=previous, settings=settings, clock=(now, now),
            scopes=[(ACCOUNT, REGION), (ACCOUNT, GLOBAL)], entries=entries, facts=facts, states=states,
        )  # fmt: skip
        lap("judge")
        writer.publish()
    lap("publish")
    counts = report.counts
    _check(folder, {**counts.declared, "unmanaged": counts.actual["unmanaged"]})
    failed = [f.says for f in report.findings if f.type == "watchbill_rule"]
    assert not failed, failed
    return seconds


def _scan_row(id_: str, now: str) -> dict[str, Any]:
    return {
        "id": id_, "version": "bench", "started": now, "finished": None, "seen_at": now,
        "accounts": [ACCOUNT], "regions": [REGION], "canary": 1,
    }  # fmt: skip


def _check(folder: Path, found: dict[str, int]) -> None:
    truth = json.loads((folder / "truth.json").read_text())
    got = {name: found[name] for name in truth}
    assert got == truth, f"the estate holds {truth}, and {got} was found"


def _in_child(work: str, folder: Path) -> dict[str, Any]:
    """Run one part in a process of its own: its seconds, its peak memory, and what it says."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", work, str(folder)], capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{work}:\n{done.stderr[-3000:]}")
    return dict(json.loads(done.stdout))


def _one(work: str, folder: Path) -> None:
    began, cpu = time.perf_counter(), sum(os.times()[:4])
    told = {"skim": skim, "parse": parse, "scan": scan}[work](folder)
    took, cpu = time.perf_counter() - began, sum(os.times()[:4]) - cpu
    # getrusage would count what the parent process held when it started this one
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    peak = int(status["VmHWM"].split()[0]) / 1024
    print(json.dumps({"seconds": took, "cpu": cpu, "mb": peak, "parts": told or {}}))


def sizes(counts: list[int]) -> None:
    """Print a table for each count."""
    import estate

    made = estate.moulds()
    for count in counts:
        with tempfile.TemporaryDirectory(prefix="estate-") as scratch:
            folder = Path(scratch)
            for night, name in ((0, "cold"), (1, "next night")):
                truth = estate.write(folder, count, made, night)
                (folder / "truth.json").write_text(json.dumps(vars(truth)))
                if not night:
                    _head(folder, count)
                    floor = {work: _in_child(work, folder) for work in ("skim", "parse")}
                    for work, run in floor.items():
                        print(f"  {_line(work, run)}")
                run = _in_child("scan", folder)
                ratios = [f"{run['cpu'] / floor[work]['cpu']:.1f} x {work}" for work in floor]
                print(f"  {_line(name, run)}  {', '.join(ratios)}")
                parts = ", ".join(f"{name} {took:.2f}" for name, took in run["parts"].items())
                print(f"    {parts}", flush=True)
            held = sum(f.stat().st_size for f in folder.glob("store/scans/*.duckdb")) / 2**20
            print(f"  two snapshots {held:.0f} MB", flush=True)


def _line(name: str, run: dict[str, Any]) -> str:
    cpu = f"{run['cpu']:.2f} s of CPU"
    return f"{name:<12}{run['seconds']:>8.2f} s  {cpu:>16}{run['mb']:>8.0f} MB"


def _head(folder: Path, count: int) -> None:
    states = sum(file.stat().st_size for file in folder.glob("*.tfstate")) / 2**20
    actual = (folder / "actual.jsonl").stat().st_size / 2**20
    print(f"{count:,} declared: {states:.0f} MB of state, {actual:.0f} MB of answers", flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--one", work, folder]:
            _one(work, Path(folder))
        case ["--terraform", *worlds]:
            import beside_terraform

            beside_terraform.main(worlds or ["estuary", "lighthouse"])
        case counts:
            sizes([int(count) for count in counts] or list(COUNTS))
