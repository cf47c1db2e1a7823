"""From facts to the rows of the snapshot's tables."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from scanner.catalog import load
from scanner.catalog.kinds import dumps

Rows = Iterable[Any]
"""Each with every column of its table: as keys, or as the fields of a noun."""


def facts_tables(
    now: str,
    entries: Sequence[Any],
    states: Sequence[Any],
    rows: Sequence[Any],
    facts: Any,
    ignored_tags: Sequence[str],
) -> Iterator[tuple[str, Rows]]:
    """Each fact table and its rows, made as they are taken. `now` is the moment that rules judge by."""
    hashes: dict[tuple[str, str], str] = {}
    addresses = {
        resource: matches[0].declared.address
        for resource, matches in facts.matching.by_resource.items()
    }
    yield "ledger", entries
    yield (
        "sources",
        (
            {**_fields(s, _SOURCES), "instances": len(s.instances)}
            for s in sorted(states, key=lambda s: s.source)
        ),
    )
    yield (
        "resources",
        (_resource(row, now, facts, addresses, ignored_tags) for row in rows),
    )
    yield "identified", ({**_fields(k, _IDENTIFIED), "seen_at": now} for k in facts.identified)
    yield "prices", ({**price, "applies": dumps(price["applies"])} for price in facts.prices)
    yield "comparisons", _comparisons(facts.comparisons, hashes)
    yield "declared", (_declared(m, now, hashes) for m in facts.matching.matches)
    yield "owners", facts.owners
    yield "owner_roles", facts.answers.roles
    yield "owner_claims", facts.answers.heard
    yield "context", facts.context
    yield "required_tags", facts.required
    yield "expiries", facts.expiries
    yield "alarm_covers", facts.covers
    yield "alarm_reach", facts.reach
    yield "alarm_ways", facts.ways
    yield "recovery", facts.recovery
    yield "state_stores", facts.state_stores
    yield "recommended_alarms", facts.recommended
    yield "key_uses", facts.key_uses
    yield "host_names", facts.names
    yield from access_tables(facts.access, facts.patterns)
    yield "grant_changes", facts.changes
    yield "grant_records", facts.records
    yield "policy_versions", facts.versions
    yield "subjects", facts.subjects.values()


def access_tables(access: Any, patterns: Iterable[dict[str, Any]]) -> Iterator[tuple[str, Rows]]:
    """The tables of who holds what; what follows of them is computed in place (store/paths.py)."""
    yield "grants", access.grants
    yield "statements", access.statements
    yield "action_patterns", patterns
    yield "trusts", access.trusts
    yield "guardrails", access.guardrails
    yield "guarded_accounts", access.guarded


def member_rows(members: Iterable[Any]) -> list[dict[str, Any]]:
    """The rows of table `accounts`."""
    return [
        {"account": m.id, "name": m.name, "status": m.status, "reason": m.reason} for m in members
    ]


def story_rows(told: Sequence[Any]) -> Rows:
    """The rows of table `stories`."""
    return [
        {
            **_fields(story, _STORY),
            "events": dumps(
                [
                    {
                        "kind": event.kind,
                        "after": event.after.seen_at if event.after else None,
                        "at": event.at.seen_at,
                    }
                    for event in story.events
                ]
            ),
        }
        for story in told
    ]


_STORY = (
    "resource", "type", "source", "address", "attribute", "state", "since", "after", "age_days",
    "turns", "flapping", "absorbed_at", "absorbed_after", "absorbed", "became", "serial_before",
    "serial", "effect", "severity",
)  # fmt: skip
_SOURCES = ("source", "status", "message", "serial", "lineage", "terraform_version", "digest")
_IDENTIFIED = ("resource", "type", "account", "region", "via", "state")
_RESOURCE = ("resource", "type", "id", "name", "arn", "account", "region", "created_at", "origin")


def _fields(item: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(item, name) for name in names}


def _hash(document: str) -> str:
    """As the history names its documents (recording.sql, `hashed`)."""
    return hashlib.sha256(document.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def resource_hash(
    type_: str,
    attributes: Mapping[str, Any],
    tags: Mapping[str, str] | None,
    ignored_tags: Sequence[str] = (),
) -> str | None:
    """The hash of what is compared of a resource; None where DuckDB may write the same otherwise."""
    lines, skipped = load()[type_].attributes, ("aws:", *ignored_tags)
    compared = {name: value for name, value in attributes.items() if name in lines}
    if tags is not None:
        compared["tags"] = {k: v for k, v in tags.items() if not k.startswith(skipped)}
    text = dumps(compared)
    return None if _OTHERWISE.search(text) else _hash(text)


_OTHERWISE = re.compile(r"\\u|[:,\[]-?\d[\d.]*e|[:,\[]-?\d{19}")
"""Letters that JSON writes as numbers, very small and very large numbers, and what looks like them."""


def instance_hash(declared: Iterable[tuple[str, str]] = ()) -> str:
    """The hash of what is compared of an instance: attributes and their declared values as JSON."""
    return _hash("{" + ",".join(sorted(f"{dumps(name)}:{value}" for name, value in declared)) + "}")


def _resource(
    row: Any, now: str, facts: Any, addresses: dict[str, str], ignored_tags: Sequence[str]
) -> dict[str, Any]:
    return {
        **_fields(row, _RESOURCE),
        "tags": None if row.tags is None else dumps(row.tags),
        "taggable": bool(load()[row.type].tags),
        "seen_at": now,
        "part": load()[row.type].part,
        "class": facts.matching.classes[row.resource],
        "address": addresses.get(row.resource),
        "parent": facts.parents.get(row.resource),
        "monthly_cost": facts.costs.get(row.resource),
        "unread": list(row.unread),
        "attributes": dumps(row.attributes),
        "hash": resource_hash(row.type, row.attributes, row.tags, ignored_tags),
    }


def _comparisons(compared: Iterable[tuple[Any, Any]], hashes: dict[tuple[str, str], str]) -> Rows:
    """The rows, and into `hashes` by source and address what the history knows them by."""
    for place, members in groupby(compared, key=lambda pair: (pair[0].source, pair[0].address)):
        declared = []
        for row in (_comparison(made, judged) for made, judged in members):
            declared.append((row["attribute"], row["declared"]))
            yield row
        hashes[place] = instance_hash(declared)


def _comparison(made: Any, judged: Any) -> dict[str, Any]:
    declared = dumps(made.declared)
    return {
        "address": made.address,
        "source": made.source,
        "resource": made.resource,
        "type": made.type,
        "attribute": made.attribute,
        "verdict": made.verdict,
        "declared": declared,
        "actual": declared if made.actual is made.declared else dumps(made.actual),
        "effect": judged.says,
        "severity": judged.severity,
    }


def _declared(match: Any, now: str, hashes: dict[tuple[str, str], str]) -> dict[str, Any]:
    instance = match.declared
    place = ("", "") if instance.deposed else (instance.source, instance.address)
    return {
        "source": instance.source,
        "address": instance.address,
        "type": instance.type,
        "id": instance.id,
        "account": match.account,
        "region": match.region,
        "resource": match.uid if match.resource or match.status == "missing" else None,
        "status": match.status,
        "reason": match.reason,
        "tainted": instance.tainted,
        "deposed": instance.deposed,
        "seen_at": now,
        "hash": hashes.get(place) or instance_hash(),
    }
