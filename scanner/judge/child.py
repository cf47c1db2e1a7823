"""Runs rules in a process of its own, shut in: `python -m scanner.judge.child`, JSON in, JSON lines out.

DuckDB's memory limit is no cap and `interrupt` does not stop every query, so the operating system bounds
this process and the parent ends it when a rule takes too long.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from scanner.store.connection import Error, lock, sandbox
from scanner.store.prove import fetch


def main() -> None:
    """Read the task from stdin, answer one JSON line a query: rows, or the error."""
    task = json.load(sys.stdin)
    limit = int(task["memory_bytes"])
    for kind, value in ((resource.RLIMIT_AS, limit), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(kind, (value, value))
    connection = sandbox(Path(task["snapshot"]), memory=task["memory"])
    lock(connection)
    for query in task["queries"]:
        started = time.monotonic()
        print(json.dumps({"id": query["id"], "started": True}), flush=True)
        answer = {"id": query["id"]}
        try:
            rows = fetch(connection, query["sql"], query["params"], task["most_rows"] + 1)
            answer["rows"] = rows
            if len(rows) > task["most_rows"]:
                answer = {"id": query["id"], "error": f"more than {task['most_rows']} rows"}
        except (Error, ValueError, MemoryError) as error:
            answer["error"] = " ".join(str(error).split())[:500] or type(error).__name__
        answer["seconds"] = round(time.monotonic() - started, 4)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
