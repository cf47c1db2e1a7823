"""Runs proven rules over a snapshot, each in a bounded child process, and gives back rows or an error."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scanner.errors import RuleError
from scanner.model import Rule

SECONDS = 60.0
MEMORY_BYTES = 4 * 1024**3
MOST_ROWS = 1_000_000


@dataclass(frozen=True)
class Query:
    """One SELECT to run."""

    id: str
    sql: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What a query gave: its rows, or the error that ended it."""

    rows: Sequence[Mapping[str, Any]]
    error: str = ""
    seconds: float = 0.0


def queries(rules: Mapping[str, Rule]) -> list[Query]:
    """The rules as queries with their settings."""
    return [
        Query(rule.id, rule.sql, {name: p.default for name, p in rule.params.items()})
        for rule in rules.values()
    ]


def run(snapshot: Path, wanted: Sequence[Query], *, seconds: float = SECONDS) -> dict[str, Answer]:
    """The answer to every query. One that takes longer than `seconds`, or ends the process, is an error.

    The rest go on in a new process.
    """
    answers: dict[str, Answer] = {}
    left = list(wanted)
    while left:
        running = _run_some(snapshot, left, seconds, answers)
        if running is not None:
            answers.setdefault(running[0], Answer((), running[1]))
        elif left[0].id not in answers:
            # the process ended before the first query began: nothing will come of trying again
            for query in left:
                answers[query.id] = Answer((), "the rule process could not start")
        left = [query for query in left if query.id not in answers]
    return answers


def told(snapshot: Path, wanted: Sequence[Query]) -> dict[str, list[Mapping[str, Any]]]:
    """The rows of every query over a finished snapshot. Raises RuleError where one has none to give."""
    answers = run(snapshot, wanted)
    for answer in answers.values():
        if answer.error:
            raise RuleError(
                answer.error, hint="the snapshot may be of an older version: scan again"
            )
    return {id_: list(answer.rows) for id_, answer in answers.items()}


def _run_some(
    snapshot: Path, wanted: Sequence[Query], seconds: float, answers: dict[str, Answer]
) -> tuple[str, str] | None:
    """Answers until all are there or one query is killed; then that query and why."""
    task = {
        "snapshot": str(snapshot),
        "memory": "1GB",
        "memory_bytes": MEMORY_BYTES,
        "most_rows": MOST_ROWS,
        "queries": [{"id": q.id, "sql": q.sql, "params": dict(q.params)} for q in wanted],
    }
    # nothing of our environment goes in: no credentials, no settings
    environment = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "scanner.judge.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_read, args=(process.stdout, lines), daemon=True).start()
    running = ""
    try:
        with process.stdin as stdin:
            json.dump(task, stdin)
        for line in _lines(lines, seconds):
            message = json.loads(line)
            if message.get("started"):
                running = message["id"]
                continue
            answers[message["id"]] = Answer(
                message.get("rows", ()), message.get("error", ""), message["seconds"]
            )
            running = ""
    except TimeoutError:
        return (running, f"took longer than {seconds:g} s") if running else None
    except BrokenPipeError:
        return None
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    return (running, "ended its process (out of memory?)") if running else None


def _read(stream: Iterable[str], lines: queue.Queue[str | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def _lines(lines: queue.Queue[str | None], seconds: float) -> Iterable[str]:
    while True:
        deadline = time.monotonic() + seconds
        try:
            line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise TimeoutError from None
        if line is None:
            return
        yield line
