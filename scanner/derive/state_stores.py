"""Where the Terraform states themselves lie: would they come back, are they shut, can two applies meet.

In: the sources of the declared instances and the rows. Out: for each bucket that holds a state one answer a
question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

BUCKET, TABLE = "aws_s3_bucket", "aws_dynamodb_table"
SHUT = ("block_public_acls", "block_public_policy", "restrict_public_buckets")
LOCK = "LockID"
"""The key of a table that Terraform locks states with."""


@dataclass(frozen=True, slots=True)
class StateStore:
    """The answer to one question about a bucket that holds states."""

    resource: str | None
    """None where no scanned account has the bucket."""
    bucket: str
    source: str
    question: str
    """versioned | shut | encrypted | locked"""
    verdict: Literal["yes", "no", "unknown"]
    says: str


def state_stores(sources: Iterable[str], rows: Sequence[Any]) -> list[StateStore]:
    """Every question of every bucket that a state was read from."""
    buckets: dict[str, str] = {}
    for source in sorted(set(sources)):
        if source.startswith("s3://"):
            buckets.setdefault(source.removeprefix("s3://").split("/", 1)[0], source)
    if not buckets:
        return []
    held = {row.id: row for row in rows if row.type == BUCKET}
    locks = [row for row in rows if row.type == TABLE and row.attributes.get("hash_key") == LOCK]
    return [answer for name in buckets for answer in _answers(name, buckets[name], held, locks)]


def _answers(
    name: str, source: str, held: dict[str, Any], locks: Sequence[Any]
) -> Iterable[StateStore]:
    row = held.get(name)
    resource = row.resource if row is not None else None

    def say(question: str, truth: bool | None, words: tuple[str, str]) -> StateStore:
        verdict: Literal["yes", "no", "unknown"] = "yes" if truth else "no"
        says = words[not truth]
        if truth is None:
            verdict, says = "unknown", f"the bucket {name} was not read"
        return StateStore(resource, name, source, question, verdict, says)

    a = row.attributes if row is not None else {}
    status = a.get("versioning_status")
    yield say(
        "versioned", None if status is None else status == "Enabled",
        ("it keeps earlier states", "a state that is overwritten or deleted is lost"),
    )  # fmt: skip
    read = [a.get(setting) for setting in SHUT]
    yield say(
        "shut", None if None in read else all(read),
        ("nobody can open it to everybody", "nothing keeps it from being opened to everybody"),
    )  # fmt: skip
    yield say(
        "encrypted", None if "sse_algorithm" not in a else bool(a["sse_algorithm"]),
        ("what lies in it is encrypted", "nothing says that what lies in it is encrypted"),
    )  # fmt: skip
    near = sorted(t.name for t in locks if row is not None and t.account == row.account)
    says = "whether applies lock it is in no state"
    if near:
        says = f"{says}; a lock table is there: {', '.join(near)}"
    yield StateStore(resource, name, source, "locked", "unknown", says)
