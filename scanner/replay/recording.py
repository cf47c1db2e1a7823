"""Recorded worlds on disk: the requests that made a cloud, and the settings moto repeats it by.

A world is a folder. `cloud.jsonl.gz` holds one JSON object a line, in the order they were sent:

    method, url, headers   the request; the url keeps the recorded host, for clouds quote it
    body, body_encoded     its body as text, or in base64 when `body_encoded` is true
    at                     how many 32-bit numbers the cloud had drawn from its seed before this
                           request (optional; a pruned recording has it, a raw one does not)
    status                 what the recorded cloud answered (optional, likewise)

`world.json` may hold `{"moto_env": {...}}`, environment variables that moto is to run under.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, urlsplit

from scanner.errors import ReplayError

CLOUD = "cloud.jsonl.gz"
WORLD = "world.json"

DEFAULT_ENV = {
    # A world is settled: a certificate asked for long ago is not pending for another minute.
    "MOTO_ACM_VALIDATION_WAIT": "0",
    # Cross-origin headers are for browsers.
    "MOTO_DISABLE_GLOBAL_CORS": "true",
    # AWS's own policies are loaded only where the recording had them, for each draws an id.
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "false",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One recorded request. `at` and `status` are None where the recording does not say."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    at: int | None = None
    status: int | None = None

    @property
    def parts(self) -> SplitResult:
        """The url, split."""
        return urlsplit(self.url)

    @property
    def seed(self) -> int | None:
        """The number this request seeds moto's ids with, or None for any other request."""
        if self.parts.path.rstrip("/") != "/moto-api/seed":
            return None
        given = parse_qs(self.parts.query).get("a", [""])[0]
        return int(given) if given.isdigit() else None

    def header(self, name: str) -> str:
        """The value of a header whatever its case, or an empty string."""
        wanted = name.lower()
        return next((v for k, v in self.headers.items() if k.lower() == wanted), "")


def read_entries(world: Path) -> list[Entry]:
    """All requests of a world in order.

    Raises ReplayError when the recording is missing, damaged or not a recording.
    """
    path = world / CLOUD
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            entries = [_entry(line, number, path) for number, line in enumerate(lines, 1)]
    except FileNotFoundError:
        raise ReplayError(
            f"There is no recording at {path}.",
            hint=f"Name a folder that holds {CLOUD}, such as one under fixtures/worlds.",
        ) from None
    except (EOFError, zlib.error, gzip.BadGzipFile, UnicodeDecodeError) as cause:
        raise ReplayError(
            f"The recording {path} is damaged: {cause}.",
            hint="Restore the file: check it out again, or reinstall watchbill.",
        ) from cause
    except OSError as cause:
        raise ReplayError(
            f"The recording {path} cannot be read: {cause}.",
            hint="Make the file readable for this user.",
        ) from cause
    if not entries:
        raise ReplayError(
            f"The recording {path} holds no requests.",
            hint="Restore the file: check it out again, or reinstall watchbill.",
        )
    return entries


def _entry(line: str, number: int, path: Path) -> Entry:
    try:
        raw = json.loads(line)
        body = raw.get("body") or ""
        return Entry(
            method=raw["method"],
            url=raw["url"],
            headers=dict(raw["headers"]),
            body=base64.b64decode(body) if raw.get("body_encoded") else body.encode(),
            at=raw.get("at"),
            status=raw.get("status"),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        raise ReplayError(
            f"Line {number} of {path} is not a recorded request: {cause!r}.",
            hint="Restore the file: check it out again, or reinstall watchbill.",
        ) from cause


def write_entries(world: Path, entries: Iterable[Entry]) -> int:
    """Write a recording; the same entries make the same bytes. Returns the size of the file."""
    raw = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=9, mtime=0) as out:
        for entry in entries:
            out.write(json.dumps(_row(entry), sort_keys=True).encode() + b"\n")
    (world / CLOUD).write_bytes(raw.getvalue())
    return len(raw.getvalue())


def _row(entry: Entry) -> dict[str, object]:
    row: dict[str, object] = {
        "method": entry.method,
        "url": entry.url,
        "headers": dict(entry.headers),
    }
    try:
        row["body"] = entry.body.decode("utf-8")
    except UnicodeDecodeError:
        row |= {"body": base64.b64encode(entry.body).decode("ascii"), "body_encoded": True}
    if entry.at is not None:
        row["at"] = entry.at
    if entry.status is not None:
        row["status"] = entry.status
    return row


def read_world(world: Path) -> dict[str, object]:
    """The contents of world.json; empty where there is none. Raises ReplayError when not JSON."""
    path = world / WORLD
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as cause:
        raise ReplayError(
            f"The settings {path} cannot be read: {cause}.",
            hint="Restore the file: check it out again, or reinstall watchbill.",
        ) from cause
    return known if isinstance(known, dict) else {}


def moto_env(world: Path) -> dict[str, str]:
    """The environment variables moto has to see before it is imported, to repeat this world."""
    known = read_world(world).get("moto_env")
    stated = {str(k): str(v) for k, v in known.items()} if isinstance(known, dict) else {}
    return DEFAULT_ENV | stated
