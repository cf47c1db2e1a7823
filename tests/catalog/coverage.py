"""docs/coverage.md: what is collected and how deep, out of the catalog and the rules.

`python -m tests.catalog.coverage` writes it anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from scanner import shipped
from scanner.catalog import ResourceType, load
from scanner.judge.load import load_rules
from scanner.judge.made_of import filled_by
from scanner.store.lineage import lineage

from .per_item import reasons

PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"

HEAD = """\
# What is covered

Made from `scanner/catalog/aws/` and `rules/` by `python -m tests.catalog.coverage`; a test fails while it is
not up to date.

- **found by**: the call that lists it, or the type whose answer already holds it. A call is made once an
  account and region, or once a parent where one is named.
- **calls each**: further calls an item; `n at once` is a batch. [One call an item](#one-call-an-item)
  says why the others are none.
- **compared**: attributes compared with what Terraform declares. Whatever else is declared is counted as not
  compared, and never called changed.
- **facts**: further attributes, for rules and for `watchbill query`.
- **rules**: those that read the type by its name. The rules of `ownership/`, `drift/unmanaged-resource`,
  `drift/missing-resource` and the like read every type, and are not repeated.

A type that is not in here is `unsupported` where it is declared, and is said to be so; where it only exists,
watchbill does not know of it.
"""

ONE_BY_ONE = """\
## One call an item

Calls that are made once for a resource, or once for a parent. Where AWS answers for many in one call,
that call is used.
"""


def page() -> str:
    """The whole page."""
    rules = _rules()
    lines = [HEAD]
    files: dict[str, list[ResourceType]] = defaultdict(list)
    for kind in load().values():
        files[kind.file.removesuffix(".toml")].append(kind)
    for service in sorted(files):
        lines += [f"## {service}", ""]
        lines += ["| type | found by | calls each | compared | facts | rules |"]
        lines += ["|---|---|---|---:|---:|---|"]
        for kind in sorted(files[service], key=lambda k: k.type):
            read = ", ".join(f"[{r.partition('/')[2]}](../rules/{r}.sql)" for r in rules[kind.type])
            names = ", ".join(f"`{name}`" for name in (kind.type, *kind.also))
            cells = [
                names, _found_by(kind), ", ".join(_calls(kind)), str(len(kind.attributes) + bool(kind.tags)),
                str(len(kind.facts)), read,
            ]  # fmt: skip
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    lines += [ONE_BY_ONE, "| calls | why not for many |", "|---|---|"]
    for because in reasons().because:
        lines.append(f"| {', '.join(f'`{call}`' for call in because.calls)} | {because.why} |")
    return "\n".join([*lines, ""])


def _found_by(kind: ResourceType) -> str:
    if kind.of:
        return f"in `{kind.of}`"
    where = {"region": "", "account": ", once an account", "global": ", once an account"}
    each = f", once a `{kind.parent}`" if kind.parent else where[kind.scope]
    return f"`{kind.list}`{each}"


def _calls(kind: ResourceType) -> Iterator[str]:
    for call in kind.calls:
        if call is kind.batch or call.match:
            many = f"{call.size} at once" if call.param else "all at once"
            yield f"`{call.call}` ({many})" if call.size > 1 or not call.param else f"`{call.call}`"
        else:
            yield f"`{call.call}`"


def _rules() -> dict[str, list[str]]:
    """By type the rules that read it by its name, or read a table that is made of it."""
    found: dict[str, list[str]] = defaultdict(list)
    for rule in load_rules([shipped.rules()]).values():
        tables = lineage(rule.sql).tables
        named = {table for table in tables if table in load()}
        for table in tables:
            named |= set(filled_by(table))
        for name in named:
            found[name].append(rule.id)
    return found


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
