"""Declared instances, actual rows and ledgers, made by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scanner.catalog import load
from scanner.collect.failure import Failure
from scanner.collect.ledger import Entry
from scanner.collect.rows import Row
from scanner.declared import Declared
from scanner.derive.compare import Comparison, compare
from scanner.derive.match import match
from scanner.derive.matching import Match, Matching
from scanner.secrets import PREFIX
from scanner.seen import GLOBAL, Seen

ACCOUNT, OTHER_ACCOUNT = "123456789012", "210987654321"
REGION, OTHER_REGION = "eu-west-1", "eu-north-1"
AWS = 'provider["registry.terraform.io/hashicorp/aws"]'
SOURCE = "a.tfstate"


def arn(type_: str, name: str, account: str = ACCOUNT, region: str = REGION) -> str:
    """An ARN for a thing of a type."""
    return f"arn:aws:{type_}:{region}:{account}:{name}"


def declared(type_: str, id_: str, /, **more: Any) -> Declared:
    """An instance of one state; what is no field of Declared is an attribute."""
    fields = {
        "source": SOURCE, "address": f"{type_}.{id_}".replace("/", "_"), "provider": AWS,
        "deposed": "", "tainted": False, "sensitive": frozenset(),
    }  # fmt: skip
    given = {name: more.pop(name) for name in fields if name in more}
    return Declared.of({"id": id_, **more}, type=type_, **{**fields, **given})


def actual(type_: str, id_: str, /, **more: Any) -> Row:
    """An actual resource of a type of the catalog."""
    kind = load()[type_]
    region = GLOBAL if kind.scope == "global" else REGION
    fields: dict[str, Any] = {
        "key": id_, "arn": None, "name": id_, "account": ACCOUNT, "region": region,
        "tags": {} if kind.tags else None, "created_at": None, "attributes": {}, "unread": (),
        "origin": "", "parent_type": kind.container, "parent_id": "", "belongs_to": (),
    } | more  # fmt: skip
    account, region = fields["account"], fields["region"]
    resource = fields["arn"] or f"{account}/{region}/{type_}/{id_}"
    return Row(resource=resource, type=type_, id=id_, **fields)


def ledger(
    failing: Mapping[str, str] | None = None,
    regions: Iterable[str] = (REGION,),
    parents: Mapping[str, str] | None = None,
) -> list[Entry]:
    """Every list call of the catalog, whole but for those that fail; `parents` says about whom."""
    entries = []
    for kind in load().values():
        for region in regions if kind.scope == "region" else (GLOBAL,):
            for call in (kind.list, *(call.call for call in kind.calls)):
                if not call:
                    continue
                service, _, operation = call.partition(".")
                parent = (parents or {}).get(call, "")
                entry = Entry(ACCOUNT, region, service, operation, kind.type, parent)
                status = (failing or {}).get(call)
                entry.end(Failure(status, "Code", "no") if status else None)
                entries.append(entry)
    return entries


def seen(**more: Any) -> Seen:
    """What such a ledger knows."""
    return Seen(ledger(**more))


def hide(value: str) -> str:
    """A hash that a test can read."""
    return f"{PREFIX}{sum(map(ord, value))}"


def matched(
    instances: Iterable[Declared], rows: Iterable[Row], known: Seen | None = None, **more: Any
) -> Matching:
    """Both sides matched, with everything seen unless said otherwise."""
    stated: list[Any] = list(instances)
    found: list[Any] = list(rows)
    return match(stated, found, known or seen(), **more)


def compared(
    instances: Iterable[Declared], rows: Iterable[Row], known: Seen | None = None, **more: Any
) -> tuple[list[Match], list[Comparison]]:
    """Both sides matched and compared."""
    made = matched(instances, rows, known)
    comparisons = list(compare(made.matches, hide, **more))
    return made.matches, comparisons
