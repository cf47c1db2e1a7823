"""What it costs to find out who can become whom, a step at a time, and beside a peer on the same file.

    python benchmarks/access.py [PRINCIPALS ...]
    python benchmarks/access.py --beside CLOUDSPLAINING DETAILS.json

The estate's statements are drawn from AWS's own policies as moto ships them, five a principal, so that the
mix of patterns, resources and conditions is a real one; one principal in fifty is an administrator, one in
twenty may pass roles. `--beside` runs cloudsplaining's command and ours on one file of authorization
details, one after the other, and prints the ratio of their CPU time.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scanner.catalog.policy import canonical_policy
from scanner.collect.rows import Row
from scanner.derive.grants import access
from scanner.derive.targets import action_rows, interest
from scanner.judge.who_can import who_can
from scanner.store import snapshot as store
from scanner.store.connection import sandbox
from scanner.store.paths import expand, find_paths
from scanner.store.tables import access_tables

NOW = "2026-11-28T00:00:00Z"
ACCOUNT = "123456789012"
SERVICES = ("ec2", "lambda", "ecs-tasks", "glue", "codebuild", "states")


def estate(count: int) -> tuple[list[Row], dict[str, str]]:
    """Rows of so many principals with a policy of five statements each, and the policies' parents."""
    chance = random.Random(4)
    pool = _statements()
    rows: list[Row] = []
    parents: dict[str, str] = {}
    for number in range(count):
        kind = "user" if number % 10 < 3 else "role"
        arn = f"arn:aws:iam::{ACCOUNT}:{kind}/{kind}-{number:06}"
        attributes: dict[str, Any] = {}
        if kind == "role":
            named = {"Service": f"{SERVICES[number % len(SERVICES)]}.amazonaws.com"}
            trust = {"Effect": "Allow", "Principal": named, "Action": "sts:AssumeRole"}
            attributes = {
                "assume_role_policy": canonical_policy({"Statement": [trust]}),
                "instance_profile_arns": [arn.replace(":role/", ":instance-profile/")],
            }
        rows.append(_row(f"aws_iam_{kind}", arn, arn, attributes))
        drawn = [chance.choice(pool) for _ in range(4)]
        if number % 50 == 0:
            drawn.append({"Effect": "Allow", "Action": ["*"], "Resource": ["*"]})
        elif number % 20 == 0:
            drawn.append({"Effect": "Allow", "Action": ["iam:passrole"], "Resource": ["*"]})
        else:
            drawn.append(chance.choice(pool))
        policy = {"Version": "2012-10-17", "Statement": drawn}
        name = f"{ACCOUNT}/global/aws_iam_{kind}_policy/{number:06}"
        rows.append(_row(f"aws_iam_{kind}_policy", name, None, {"policy": policy}))
        parents[name] = arn
    return rows, parents


def _row(type_: str, resource_: str, arn: str | None, attributes: dict[str, Any]) -> Row:
    name = resource_.rpartition("/")[2]
    return Row(
        resource=resource_, type=type_, id=name, key=name, arn=arn, name=name, account=ACCOUNT,
        region="global", tags=None, created_at=None, attributes=attributes, unread=(), origin="",
        parent_type="", parent_id="", belongs_to=(),
    )  # fmt: skip


def _statements() -> list[dict[str, Any]]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    found = []
    for policy in json.loads(aws_managed_policies_data).values():
        found += canonical_policy(policy["Document"])["Statement"]
    return found


@contextmanager
def told(name: str) -> Iterator[None]:
    """The seconds of a step, printed."""
    wall, cpu = time.monotonic(), time.process_time()
    yield
    print(f"{name:28} {time.monotonic() - wall:7.2f} s {time.process_time() - cpu:7.2f} s CPU")


def measure(count: int) -> None:
    """One estate, from its rows to the answers."""
    rows, parents = estate(count)
    # nothing of what made the estate counts
    with tempfile.TemporaryDirectory() as folder, store.Writer(Path(folder), "bench") as writer:
        with told("rows to statements"):
            held = access(rows, parents)
            found = interest(rows, held.statements)
            patterns = action_rows(held.statements)
        print(f"{count} principals, {len(held.statements)} distinct statements")
        with told("load"):
            for table, made in access_tables(held, patterns):
                writer.insert(table, made)
        with told("expand"):
            expand(writer, found.inputs(), NOW)
        with told(f"{len(found.methods)} methods"):
            find_paths(writer, NOW)
        connection = writer.connection()
        for table in ("administrators", "paths"):
            rows_ = connection.execute(f"select count(*), count(distinct principal) from {table}")
            print(f"{table}: %d rows, %d principals" % rows_.fetchone())
        # as the command asks it: of what was published, and shut in
        reader = sandbox(writer.publish())
        sql, values = who_can("s3:GetObject", "arn:aws:s3:::ledger/2026.csv", NOW)
        reader.execute(sql, values).fetchall()
        with told("who-can, of a resource"):
            answer = reader.execute(sql, values).fetchall()
        print(f"who-can: {len(answer)} principals")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{'peak memory':28} {peak:7} MiB")


def beside(peer: str, details: str) -> None:
    """CPU seconds of cloudsplaining and of ours on one file."""
    with tempfile.TemporaryDirectory() as folder:
        theirs = [peer, "scan", "--input-file", details, "--output", folder, "--skip-open-report"]
        ours = [
            sys.executable, "-m", "scanner", "scan", "--authorization-details", details, "-q",
            "--store", f"{folder}/store", "--out", f"{folder}/findings.json",
        ]  # fmt: skip
        seconds = []
        for name, command in (("cloudsplaining", theirs), ("watchbill", ours)):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            wall = time.monotonic()
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            wall = time.monotonic() - wall
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
            if done.returncode not in (0, 3):
                sys.exit(f"{name} failed: {done.stderr[-500:]}")
            seconds.append(cpu)
            print(f"{name:28} {wall:7.2f} s {cpu:7.2f} s CPU")
        print(f"ratio of CPU                 {seconds[1] / seconds[0]:7.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--beside"]:
        beside(*sys.argv[2:4])
    else:
        for text in sys.argv[1:] or ["100000"]:
            measure(int(text))
