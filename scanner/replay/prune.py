"""Make a recorded world small: a maintainer's command, not needed to run watchbill.

    python -m scanner.replay.prune SRC_WORLD DST_WORLD [--keep OPERATION]...

SRC_WORLD holds a raw recording, as moto's recorder wrote it. DST_WORLD gets a recording without
the requests that change neither the cloud nor its ids, without headers moto does not read, and
with signatures and key ids replaced by placeholders; the other files of the world are copied.
Both recordings are then replayed in processes of their own and the two clouds compared reply by
reply (`scanner.replay.compare`); the command ends with status 1 when they differ.

Every request draws from the generator moto makes ids with, so a dropped one would shift all later
ids: each kept request is written with the draw it stood at (`at`), and with the status it was
answered with. A read is kept if moto created a backend while answering it, because a new backend
draws ids for what it starts with. --keep names further operations to keep, for reads that turn
out to change something. Reading a bucket that logs its requests makes moto write a log object;
those of dropped reads are gone from the pruned world and left out of the comparison.

A world must hold no secret. What is secret by nature (a database password, a secret's value, an
access key) has to be a made-up placeholder in the recording already: request bodies are copied as
they are.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from scanner.errors import WatchbillError
from scanner.replay import recording
from scanner.replay.recording import Entry

STATES = ("rev1.tfstate", "rev2.tfstate", "rev1.raw.tfstate", "rev2.raw.tfstate")
COPIED = (*STATES, "oracle1.json", "oracle2.json", "truth.json")

READS = re.compile(r"(?:BatchGet|Describe|Get|Head|List|Lookup|Search)(?![a-z])")
CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/([^,\s]+)")

DROPPED_HEADERS = {
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "user-agent",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-user-agent",
}


def operation(entry: Entry) -> str:
    """The name of the operation a request asks for, or its HTTP method where none is named."""
    target = entry.header("x-amz-target")
    if target:
        return target.rpartition(".")[2]
    if "form-urlencoded" in entry.header("content-type"):
        named = parse_qs(entry.body.decode("utf-8", "replace")).get("Action")
        if named:
            return named[0]
    return entry.method


def is_read(entry: Entry) -> bool:
    """Whether a request is one that AWS answers without changing anything."""
    name = operation(entry)
    return name in ("GET", "HEAD", "OPTIONS") or READS.match(name) is not None


def slim(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The headers moto routes or acts by, without anything that looks like a secret."""
    kept: dict[str, str] = {}
    for name, value in headers:
        lower = name.lower()
        if lower in DROPPED_HEADERS or lower.startswith("amz-sdk-"):
            continue
        if lower == "x-amz-content-sha256" and not value.startswith("STREAMING"):
            continue
        if lower == "authorization":
            scope = CREDENTIAL.search(value)
            if scope is None:
                continue
            value = (
                f"AWS4-HMAC-SHA256 Credential={scope[1]}/{scope[2]}, "
                "SignedHeaders=host, Signature=none"
            )
        kept[name] = value
    return kept


def prune(entries: Iterable[Entry], keep: Iterable[str] = ()) -> tuple[list[Entry], list[Entry]]:
    """Replay a raw recording in this process and split it into what is kept and what is dropped.

    `keep` names operations that are kept though they are reads. moto's environment must be set.
    """
    from scanner.replay.cloud import Cloud

    cloud, kept, dropped, wanted = Cloud(), [], [], set(keep)
    for entry in entries:
        before = _backends()
        at = cloud.draws.position if cloud.draws.seeded else None
        answer = cloud.play(entry)
        cloud.draws.catch_up()
        if is_read(entry) and operation(entry) not in wanted and _backends() == before:
            dropped.append(entry)
            continue
        kept.append(
            Entry(
                method=entry.method,
                url=entry.url,
                headers=slim(entry.headers.items()),
                body=entry.body,
                at=at,
                status=answer.status,
            )
        )
    return kept, dropped


def _backends() -> int:
    from moto.core.base_backend import BackendDict

    started: list[Any] = BackendDict._instances  # type: ignore[misc]
    return sum(len(account) for known in started for account in known.values())


def copy_rest(source: Path, target: Path) -> None:
    """Copy the files of a world beside its recording, and note the moto that pruned it."""
    from importlib.metadata import version

    for name in COPIED:
        if (source / name).exists():
            shutil.copyfile(source / name, target / name)
    known = recording.read_world(source) | {"moto": version("moto")}
    (target / recording.WORLD).write_text(json.dumps(known, indent=2, sort_keys=True) + "\n")


def _arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scanner.replay.prune", description="Make a recorded world small."
    )
    parser.add_argument("source", type=Path, help="the folder of the raw recording")
    parser.add_argument("target", type=Path, help="the folder to write")
    parser.add_argument(
        "--keep", action="append", default=[], metavar="OPERATION", help="keep this read"
    )
    return parser.parse_args(given)


def _report(differences: list[str]) -> Iterator[str]:
    yield f"{len(differences)} replies differ; the pruned world is not the recorded cloud:"
    yield from (f"  {line}" for line in differences[:40])
    yield "Find the read that changed something and keep it with --keep OPERATION."


def main(given: list[str]) -> int:
    """Prune, compare and report. Returns the process's exit status."""
    asked = _arguments(given)
    entries = recording.read_entries(asked.source)
    # moto reads its settings when it is imported, and sets are ordered by the hash seed.
    os.environ.update(recording.moto_env(asked.source), PYTHONHASHSEED="0")
    kept, dropped = prune(entries, asked.keep)
    asked.target.mkdir(parents=True, exist_ok=True)
    size = recording.write_entries(asked.target, kept)
    copy_rest(asked.source, asked.target)
    print(f"kept {len(kept)} requests, dropped {len(dropped)}, wrote {size} bytes", flush=True)

    from scanner.replay.compare import compare

    found = compare(asked.source, asked.target, dropped)
    for line in found.ignored:
        print(f"differs from replay to replay, ignored: {line}")
    if found.differences:
        print("\n".join(_report(found.differences)), file=sys.stderr)
        return 1
    print(f"compared {found.replies} replies of the two clouds: all equal")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except WatchbillError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
