"""How many calls 1,000 items of each listed type cost: its spec, run against a canned AWS that has them.

    python benchmarks/calls.py [--small] [--write] [TYPE ...]

`--write` puts what was measured into docs/calls.md. Types that are listed by themselves have 200 items each,
on pages of the size that the spec asks for (100 where it asks for none, since botocore's models know no
default); what is listed for a parent has two items a parent. Why a call is made for each item,
tests/catalog/per_item.toml says.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from botocore.model import OperationModel

from scanner.catalog import ResourceType, load
from scanner.collect.engine import Engine
from scanner.collect.pages import first_key
from scanner.collect.session import Account, Identity, Session
from tests.catalog.per_item import reasons, singles
from tests.collect import cloud as made_up

ITEMS, PAGE = 200, 100
PAGE_FILE = Path(__file__).parents[1] / "docs" / "calls.md"
HEAD = """\
# What collecting costs in calls

Measured by `python benchmarks/calls.py --write`: each type that is listed, against an AWS that has 200 items
of it, on the largest pages that the catalog asks for (100 where it asks for none), and told for 1,000. What
is listed for a parent has two items a parent. {cheap} of {all} types need at most 100 calls. What an account
or a region has one of is left out: it takes one call.

- **calls per 1,000**: with all pages, batches and further calls.
- **one at a time**: the calls that are made once an item or once a parent; **why** is numbered below. With
  `tagging_api` in the settings, tags are asked for by the hundred first, and one at a time only for what
  that leaves out.

"""


class Many(made_up.Cloud):
    """Answers a list a page at a time, and a batch with all that was asked for."""

    def __init__(self, kinds: list[ResourceType], items: int) -> None:
        super().__init__()
        self.kinds, self.items = kinds, items
        self._pages: dict[tuple[str, int, int], made_up.Response] = {}
        self._params: Any = {}

    def attach(self, session: Session) -> Session:
        """Let the session's clients be answered by this cloud and by nothing else."""
        self.session = session
        return super().attach(session)

    def _note(
        self, model: OperationModel, context: dict[str, Any], params: Any = None, **more: Any
    ) -> None:
        super()._note(model, context, **more)
        self._params = params or {}  # of the one thread that asks

    def answer(self, call: str, model: OperationModel) -> made_up.Response:
        """The page that is asked for."""
        kinds = [kind for kind in self.kinds if kind.list == call]
        batches = [
            (kind, kind.batch) for kind in self.kinds if kind.batch and kind.batch.call == call
        ]
        params = self._params
        if batches:
            kind, batch = batches[0]
            wanted = len(params[batch.param]) if batch.param else 1
            return self._page(call, model, batch.items, 0, wanted, {})
        if not kinds or kinds[0].parent:
            return super().answer(call, model)
        kind = kinds[0]
        tokens, size = self._paging(kind, model)
        start = int(next((params[key] for key in tokens if key in params), 0))
        step = int(params.get(size, PAGE)) if tokens else self.items
        end = min(self.items, start + step)
        more = dict.fromkeys(tokens.values(), str(end)) if end < self.items else {}
        return self._page(call, model, kind.items, start, end, more)

    def _paging(self, kind: ResourceType, model: OperationModel) -> tuple[dict[str, str], str]:
        """Where the token goes and comes from, and the name of the page's size."""
        if kind.next:
            return dict(kind.next), next((k for k in kind.params if k.startswith("Max")), "")
        known = self.session._session.get_paginator_model(kind.client)
        try:
            config = known.get_paginator(model.name)
        except ValueError:
            return {}, ""
        return {config["input_token"]: config["output_token"]}, config.get("limit_key", "")

    def _page(
        self,
        call: str,
        model: OperationModel,
        path: str,
        start: int,
        end: int,
        more: dict[str, str],
    ) -> made_up.Response:
        key = (call, start, end)
        if key not in self._pages:
            service = model.service_model.service_name
            how = made_up.Made(service, self.drop)
            whole = made_up.example(model.output_shape, "", how)
            holder, name = whole, first_key(path)
            while not isinstance(holder[name], list):
                inner = holder[name]
                found = inner if isinstance(inner, dict) else {}
                lists = [n for n in found if isinstance(found[n], list)]
                if not lists:
                    return super().answer(call, model)  # there can be one alone
                holder, name = inner, lists[0]
            # of an item only what the catalog reads, since a thousand whole ones take minutes
            item = _read(_single(holder[name][0]), made_up._keys(service))
            text = json.dumps(item, default=str)
            holder[name] = [
                json.loads(text.replace("1001", f"{1_000_000 + number}"))
                for number in range(start, end)
            ]
            for place, token in more.items():
                _put(whole, place, token)
                for truncated in ("IsTruncated", "HasMoreResults", "Truncated"):
                    parent = _put(whole, place, token)
                    if truncated in (model.output_shape.members if parent is whole else parent):
                        parent[truncated] = True
            self._pages[key] = made_up.serialized(model, whole)
        return self._pages[key]


def _put(whole: dict[str, Any], place: str, value: str) -> dict[str, Any]:
    *above, last = place.split(".")
    for name in above:
        whole = whole[name]
    whole[last] = value
    return whole


def _read(value: Any, names: frozenset[str]) -> Any:
    """The value without the members of its structures that nobody names."""
    if isinstance(value, dict):
        return {key: _read(inner, names) for key, inner in value.items() if key in names}
    return [_read(inner, names) for inner in value] if isinstance(value, list) else value


def _single(value: Any) -> Any:
    """The value with one element in each of its lists."""
    if isinstance(value, dict):
        return {key: _single(inner) for key, inner in value.items()}
    return [_single(value[0])] if isinstance(value, list) and value else value


def calls(kind: ResourceType, items: int) -> tuple[int, int]:
    """Calls about a type, and how many items of it came."""
    types = made_up.family(load(), {kind.type})
    cloud = Many(list(types.values()), items)
    session = cloud.attach(made_up.hasty())
    cloud.without(made_up.hindering(kind))
    identity = Identity(made_up.ACCOUNT, "aws", f"arn:aws:iam::{made_up.ACCOUNT}:user/u")
    account = Account(identity, (made_up.REGION,))
    entries = Engine(session, [account], hide=str, workers=1).run(types).ledger.entries()
    mine = [e for e in entries if e.type == kind.type]
    broken = {f"{e.operation} {e.status} {e.message}" for e in mine if not e.complete}
    if broken:
        print(f"  {kind.type}: {sorted(broken)[0][:150]}")
    found = sum(e.items for e in mine if f"{e.service}.{e.operation}" == kind.list)
    return sum(max(1, e.pages) for e in mine), found


@dataclass(frozen=True)
class Measured:
    """What a type cost."""

    kind: ResourceType
    calls: int
    items: int

    @property
    def rate(self) -> int:
        """Calls per 1,000 items."""
        return round(1000 * self.calls / max(1, self.items))


def measured(names: Collection[str], items: int = ITEMS) -> list[Measured]:
    """The named types that are listed, or all; the most expensive first."""
    kinds = [k for k in load().values() if k.list and (k.type in names or not names)]
    found = [Measured(kind, *calls(kind, items)) for kind in kinds]
    return sorted(found, key=lambda m: (-m.rate, m.kind.type))


def line(kind: ResourceType, rate: int) -> str:
    """The row of a type in docs/calls.md."""
    single = list(dict.fromkeys(call for call, _ in singles(kind)))
    why = ", ".join(str(n) for n in sorted({_because()[call] for call in single}))
    told = ", ".join(f"`{call}`" for call in single)
    return f"| `{kind.type}` | {rate:,} | {told} | {why} |"


def ending() -> str:
    """The reasons, by number."""
    lines = [f"{n}. {' '.join(b.why.split())}" for n, b in enumerate(reasons().because, 1)]
    return "\n".join(["## Why not for many", "", *lines, ""])


@cache
def _because() -> dict[str, int]:
    return {call: n for n, b in enumerate(reasons().because, 1) for call in b.calls}


def written() -> dict[str, int]:
    """Calls per 1,000 items by type, as they stand in docs/calls.md."""
    text = PAGE_FILE.read_text(encoding="utf-8") if PAGE_FILE.exists() else ""
    rows = re.findall(r"^\| `(aws_\w+)` \| ([\d,]+) \|", text, re.M)
    return {name: int(rate.replace(",", "")) for name, rate in rows}


def page(rates: Mapping[str, int]) -> str:
    """docs/calls.md."""
    found = sorted((-rates[k.type], k.type) for k in load().values() if k.list and k.type in rates)
    head = HEAD.format(cheap=sum(rate >= -100 for rate, _ in found), all=len(found))
    table = ["| type | calls per 1,000 | one at a time | why |", "|---|---:|---|---|"]
    rows = [line(load()[name], -rate) for rate, name in found]
    return "\n".join([head.rstrip(), "", *table, *rows, "", ending()])


def main(arguments: list[str]) -> None:
    """Print the table, the most expensive first."""
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip
    items = 20 if "--small" in arguments else ITEMS
    rows = measured([name for name in arguments if not name.startswith("--")], items)
    print(f"\ncalls per 1,000 items, {len(rows)} listed types, {items} items each")
    for m in rows:
        told = ", ".join(dict.fromkeys(call for call, _ in singles(m.kind)))
        print(f"  {m.kind.type:50} {m.rate:8}  of {m.items:5}  {told}")
    print(f"  {sum(m.rate <= 100 for m in rows)} of {len(rows)} types need at most 100 calls")
    if "--write" in arguments:
        rates = written() | {m.kind.type: m.rate for m in rows if m.items > 1}
        PAGE_FILE.write_text(page(rates), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
