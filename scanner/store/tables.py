"""From facts to the rows of the snapshot's tables."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from scanner.catalog import load
from scanner.catalog.kinds import dumps

Rows = Iterable[dict[str, Any]]


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
    yield "ledger", (_fields(e, _LEDGER) for e in entries)
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
    yield "owners", (_fields(o, _OWNERS) for o in facts.owners)
    yield "owner_roles", (_fields(o, _ROLES) for o in facts.answers.roles)
    yield "owner_claims", (_fields(h, _CLAIMS) for h in facts.answers.heard)
    yield "context", (_fields(c, ("resource", "key", "value", "via")) for c in facts.context)
    yield (
        "required_tags",
        (_fields(r, ("resource", "tag", "present", "because")) for r in facts.required),
    )
    yield "expiries", (_fields(e, ("resource", "tag", "text", "ends")) for e in facts.expiries)
    yield "alarm_covers", (_fields(c, ("alarm", "resource", "speaks")) for c in facts.covers)
    yield "alarm_reach", (_fields(r, _REACH) for r in facts.reach)
    yield "alarm_ways", (_fields(w, _WAYS) for w in facts.ways)
    yield "recovery", (_fields(r, _RECOVERY) for r in facts.recovery)
    yield "state_stores", (_fields(s, _STATE_STORES) for s in facts.state_stores)
    yield "recommended_alarms", facts.recommended
    yield "key_uses", (_fields(u, _KEY_USES) for u in facts.key_uses)
    yield "host_names", (_fields(n, _NAMES) for n in facts.names)
    yield from access_tables(facts.access, facts.patterns)
    yield "grant_changes", (_fields(c, _CHANGES) for c in facts.changes)
    yield "grant_records", (_fields(r, _RECORDS) for r in facts.records)
    yield "policy_versions", (_fields(v, ("policy", "version", "wider")) for v in facts.versions)
    yield "subjects", (_fields(s, _SUBJECT) for s in facts.subjects.values())


def access_tables(access: Any, patterns: Iterable[dict[str, Any]]) -> Iterator[tuple[str, Rows]]:
    """The tables of who holds what; what follows of them is computed in place (store/paths.py)."""
    yield "grants", (_fields(g, _GRANTS) for g in access.grants)
    yield "statements", (_fields(s, _STATEMENT) for s in access.statements)
    yield "action_patterns", patterns
    yield "trusts", (_fields(t, _TRUSTS) for t in access.trusts)
    yield "guardrails", (_fields(g, _GUARDRAILS) for g in access.guardrails)
    yield "guarded_accounts", (_fields(g, ("account", "state", "reason")) for g in access.guarded)


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
_LEDGER = (
    "account", "region", "service", "operation", "type", "parent", "status", "error_code",
    "message", "pages", "items", "complete", "started", "finished",
)  # fmt: skip
_SOURCES = ("source", "status", "message", "serial", "lineage", "terraform_version", "digest")
_IDENTIFIED = ("resource", "type", "account", "region", "via", "state")
_OWNERS = (
    "resource", "team", "via", "state", "source", "sure", "verified", "named", "nearest",
    "said_of", "lead", "lead_via",
)  # fmt: skip
_ROLES = ("resource", "role", "team", "via", "state", "own", "verified")
_CLAIMS = ("resource", "role", "source", "via", "named", "team", "state")
_REACH = (
    "resource", "intent", "happens", "tier", "verdict", "broken", "says", "alarm", "via", "path",
)  # fmt: skip
_RECOVERY = ("resource", "question", "verdict", "says", "moment")
_STATE_STORES = ("resource", "bucket", "source", "question", "verdict", "says")
_WAYS = ("alarm", "verdict", "broken", "says", "deaf", "path")
_GRANTS = (
    "principal", "document", "via", "through", "given_by", "digest", "problem", "doubt",
)  # fmt: skip
_CHANGES = (
    "resource", "change", "document", "via", "gains", "loses", "given_by", "address", "declared",
)  # fmt: skip
_RECORDS = (
    "principal", "document", "given_by", "requested_by", "approved_by", "reason", "ticket",
    "granted", "ends", "written",
)  # fmt: skip
_STATEMENT = (
    "digest", "number", "effect", "actions", "not_actions", "targets", "not_targets",
    "conditional", "kinds", "passed_to", "starts", "ends", "condition",
)  # fmt: skip
_TRUSTS = (
    "resource", "kind", "principal", "principal_type", "account", "action", "conditional", "kinds",
    "subjects", "starts", "ends", "refused",
)  # fmt: skip
_SUBJECT = ("resource", "type", "id", "name", "account", "region", "address")
_GUARDRAILS = ("account", "level", "target", "policy", "digest")
_KEY_USES = ("resource", "type", "account", "region", "key")
_NAMES = ("name", "resource", "type", "account", "region")
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
