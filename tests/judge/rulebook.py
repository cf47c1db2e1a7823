"""The shipped rules as the tests see them, and the index of them in rules/README.md.

`python -m tests.judge.rulebook` writes the index anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from scanner import shipped
from scanner.judge.cases import Case, read_cases
from scanner.judge.load import load_rules
from scanner.model import FAMILIES, Rule

FOLDER = shipped.rules()
README = FOLDER / "README.md"
RULES = load_rules([FOLDER])
BEGIN, END = "<!-- index -->", "<!-- end of index -->"

SUBJECTS = {
    "drift": "what runs is not what was declared",
    "ownership": "nobody answers for it",
    "orphan": "nothing needs it any more, or it needs something that is gone",
    "access": "somebody may do more than anybody decided",
    "watch": "nobody would hear that it fails",
    "recovery": "what is lost stays lost",
}


def sql_file(rule: str) -> Path:
    return FOLDER / f"{rule}.sql"


def cases(rule: str) -> list[Case]:
    return read_cases(FOLDER / f"{rule}.yaml")


def every_case() -> list[tuple[str, Case]]:
    return [(rule, case) for rule in RULES for case in cases(rule)]


def statement(rule: Rule) -> str:
    """The rule's SQL without comments and texts: words and signs alone."""
    bare = re.sub(r"--.*", "", rule.sql)
    return re.sub(r"'(?:[^']|'')*'", "''", bare)


def nodes(sql: str) -> Iterator[dict[str, Any]]:
    """Every node of DuckDB's parse tree of a SELECT."""
    with duckdb.connect(":memory:") as connection:
        row = connection.execute("select json_serialize_sql(?::varchar)", [sql]).fetchone()
    assert row is not None
    return _walk(json.loads(row[0]))


def _walk(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner)


def index() -> str:
    """The table of all rules, a section a family."""
    lines = [f"{len(RULES)} rules. A star: a finding may be more or less severe than its rule.", ""]
    for family in FAMILIES:
        lines += [f"### {family}: {SUBJECTS[family]}", ""]
        lines += ["| rule | severity | finds | who answers |", "|---|---|---|---|"]
        for rule in RULES.values():
            if rule.id.startswith(f"{family}/"):
                severity = rule.severity + ("\\*" if rule.severities else "")
                preview = " (preview)" if rule.status == "preview" else ""
                name = rule.id.partition("/")[2]
                link = f"[{name}]({rule.id}.sql)"
                lines.append(f"| {link} | {severity} | {rule.title}{preview} | {rule.role} |")
        lines.append("")
    return "\n".join(lines).rstrip()


def with_index(text: str) -> str:
    """The README's text with the index as it should be."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{index()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(with_index(README.read_text(encoding="utf-8")), encoding="utf-8")
