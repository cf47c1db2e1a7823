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
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

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


class _Cloud:
    """Stands for session and engine: AWS's answers come from the file, and every call came back whole."""

    def __init__(self, *_: Any, hide: Any = None, **__: Any) -> None:
        self.hide = hide

    def known_regions(self) -> set[str]:
        return {REGION}

    def endpoint(self, _: str) -> str:
        return ""

    def identity(self, _: str) -> Any:
        from scanner.collect.session import Identity

        return Identity(ACCOUNT, "aws", "arn:aws:iam::123456789012:user/bench")

    def client(self, *_: str) -> Any:
        return self

    def describe_regions(self, **_: Any) -> Any:
        return {"Regions": [{"RegionName": REGION}]}

    def run(self, types: Any, _: Any) -> Any:
        from scanner.collect.engine import Collected
        from scanner.collect.ledger import Entry, Ledger
        from scanner.collect.rows import Row, Scope, row
        from scanner.seen import GLOBAL

        rows, ledger = [], Ledger()
        decoder = msgspec.json.Decoder(_Line)
        for line in _lines(FOLDER[0]):
            told = decoder.decode(line)
            scope = Scope(ACCOUNT, told.region, (REGION,))
            made = row(types[told.type], told.item, frozenset(), scope, self.hide)
            assert isinstance(made, Row), made
            rows.append(made)
        rows.sort(key=lambda made: (made.type, made.resource))
        for kind in types.values():
            for call in filter(None, (kind.list, *(call.call for call in kind.calls))):
                service, _, operation = call.partition(".")
                where = REGION if kind.scope == "region" else GLOBAL
                ledger.ask(Entry(ACCOUNT, where, service, operation, kind.type)).end()
        return Collected(rows, ledger)


FOLDER: list[Path] = []


def scan(folder: Path) -> dict[str, float]:
    """Our own way, from bytes to a published snapshot; returns the seconds of each part."""
    from scanner import scan as whole
    from scanner.settings import Settings

    FOLDER.append(folder)
    settings = Settings(states=(str(folder),), store=str(folder / "store"), regions=(REGION,))
    with mock.patch.object(whole, "Engine", _Cloud):
        done = whole.scan(settings, session=_Cloud())  # type: ignore[arg-type]
    counts = done.report.counts
    _check(folder, {**counts.declared, "unmanaged": counts.actual["unmanaged"]})
    failed = [f.says for f in done.report.findings if f.type == "watchbill_rule"]
    assert not failed, failed
    return done.seconds


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


def _cpu() -> float:
    """Seconds of CPU of this process and of those it started, which judge."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _one(work: str, folder: Path) -> None:
    began, cpu = time.perf_counter(), _cpu()
    told = {"skim": skim, "parse": parse, "scan": scan}[work](folder)
    took, cpu = time.perf_counter() - began, _cpu() - cpu
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
                ratios.append(f"memory {run['mb'] / floor['parse']['mb']:.1f} x parse")
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
