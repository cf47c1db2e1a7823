"""Where the Terraform states themselves lie: would they come back, are they shut, can two applies meet.

In: the sources of the declared instances and the rows. Out: for each bucket that holds a state one answer a
question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from scanner.seen import Seen

BUCKET, TABLE, BLOCK = "aws_s3_bucket", "aws_dynamodb_table", "aws_s3_account_public_access_block"
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


def state_stores(sources: Iterable[str], rows: Sequence[Any], seen: Seen) -> list[StateStore]:
    """Every question of every bucket that a state was read from."""
    buckets: dict[str, str] = {}
    for source in sorted(set(sources)):
        if source.startswith("s3://"):
            buckets.setdefault(source.removeprefix("s3://").split("/", 1)[0], source)
    if not buckets:
        return []
    held = {row.id: row for row in rows if row.type == BUCKET}
    locks = [row for row in rows if row.type == TABLE and row.attributes.get("hash_key") == LOCK]
    blocks = {row.account: row.attributes for row in rows if row.type == BLOCK}
    found: list[StateStore] = []
    for name, source in buckets.items():
        row = held.get(name)
        block = None
        if row is not None and not seen.listed(BLOCK, row.account, row.region):
            block = blocks.get(row.account, {})
        found += _answers(name, source, row, block, locks)
    return found


def _answers(
    name: str, source: str, row: Any, block: Mapping[str, Any] | None, locks: Sequence[Any]
) -> Iterable[StateStore]:
    """`block`: what its whole account shuts, None where that was not read."""
    resource = row.resource if row is not None else None

    def say(question: str, truth: bool | None, words: tuple[str, str]) -> StateStore:
        verdict: Literal["yes", "no", "unknown"] = "yes" if truth else "no"
        says = words[not truth]
        if truth is None:
            verdict, says = "unknown", f"what decides it of the bucket {name} was not read"
        return StateStore(resource, name, source, question, verdict, says)

    a = row.attributes if row is not None else {}
    status = a.get("versioning_status")
    yield say(
        "versioned", None if status is None else status == "Enabled",
        ("it keeps earlier states", "a state that is overwritten or deleted is lost"),
    )  # fmt: skip
    # what the account shuts is shut in each of its buckets
    shut = all(a.get(setting) or (block or {}).get(setting) for setting in SHUT)
    read = block is not None and set(SHUT) <= a.keys()
    yield say(
        "shut", shut if shut or read else None,
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
