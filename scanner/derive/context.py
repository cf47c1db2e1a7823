"""What a resource says of the request it came from, and which tags it must have and has not.

In: rows with their tags, and the declared tags (`tags_all`, with the provider's default_tags in them) of
what is declared. Out: a `Context` a key that is there, a `Required` a tag that is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import msgspec

from scanner.derive.tags import all_tagged, declared_tags, folded
from scanner.model import CONTEXT
from scanner.settings import RequiredTags, Settings

ASKED_OF = {"sqs": "queue", "sns": "topic", "s3": "bucket"}
"""Services whose ARNs do not say the type, and the type that a tag policy calls it."""
EVERY = "ALL_SUPPORTED"


class Context(msgspec.Struct, frozen=True, gc=False):
    """One key of a resource's request."""

    resource: str
    key: str
    value: str
    via: str


@dataclass(frozen=True, slots=True)
class Required:
    """A tag that a resource must have."""

    resource: str
    tag: str
    present: bool
    because: str


def context(
    rows: Sequence[Any], matches: Mapping[str, Sequence[Any]], settings: Settings
) -> list[Context]:
    """Every key that a tag in AWS says, else one of the declaration."""
    names = [(key, tags_of(key, settings)) for key in CONTEXT]

    @cache
    def telling(keys: tuple[str, ...]) -> list[tuple[str, str]]:
        """Each key of the request that these tags say, and the tag; most resources are tagged alike."""
        own = dict.fromkeys(keys, "")
        return [(key, told[0][0]) for key, named in names if (told := all_tagged(own, named))]

    found = []
    for row in rows:
        said: dict[str, tuple[str, str]] = {}
        claims = matches.get(row.resource, ())
        declared = [("declared tag", declared_tags(m.declared.attributes)) for m in claims]
        for way, tags in [("tag", row.tags or {}), *declared]:
            for key, tag in telling(tuple(tags)):
                value = tags[tag].strip()
                if value and key not in said:
                    said[key] = (value, f"{way} {tag}")
        found += [Context(row.resource, key, *said[key]) for key in CONTEXT if key in said]
    return found


def tags_of(key: str, settings: Settings) -> Sequence[str]:
    """The tags that say one key of the request, the most trusted first."""
    if key == "expires":
        return settings.expiry_tags
    return settings.context_tags.get(key, DEFAULTS[key])


DEFAULTS: Mapping[str, tuple[str, ...]] = {
    "requested_by": ("requested-by", "requester", "requestor"),
    "ticket": ("ticket", "issue", "jira", "change"),
    "purpose": ("purpose", "reason", "description"),
    "service": ("service", "application", "app", "component"),
    "environment": ("environment", "env", "stage"),
    "cost_center": ("cost-center", "cost-centre", "billing-code"),
    "data_class": ("data-class", "data-classification", "classification", "confidentiality"),
}


def required(
    rows: Sequence[Any],
    contexts: Sequence[Context],
    settings: Settings,
    asked: Mapping[str, Mapping[str, Sequence[str]]],
) -> list[Required]:
    """Every tag that the settings, or the account's tag policy, ask of a resource whose tags were read."""
    environments = {c.resource: c.value for c in contexts if c.key == "environment"}
    found: dict[tuple[str, str], Required] = {}
    for row in rows:
        if row.tags is None or row.origin:
            continue
        for made in _asked(row, environments.get(row.resource), settings, asked):
            found.setdefault((made.resource, folded(made.tag)), made)
    return list(found.values())


def _asked(
    row: Any,
    environment: str | None,
    settings: Settings,
    asked: Mapping[str, Mapping[str, Sequence[str]]],
) -> Iterator[Required]:
    for key, types in asked.get(row.account, {}).items():
        if any(_is_of(row, wanted) for wanted in types):
            # a tag policy tells keys apart by their case
            yield Required(row.resource, key, bool(row.tags.get(key)), "the account's tag policy")
    for line in settings.required_tags:
        if _fits(line, row.type, environment):
            for tag in line.tags:
                present = any(
                    value.strip() for _, value in all_tagged(row.tags, same(tag, settings))
                )
                yield Required(row.resource, tag, present, line.because or "required_tags")


def _fits(line: RequiredTags, type_: str, environment: str | None) -> bool:
    if not any(fnmatchcase(type_, pattern) for pattern in line.types):
        return False
    return not line.environments or environment in line.environments


def same(tag: str, settings: Settings) -> Sequence[str]:
    """The tags that say what a required one asks for: its aliases, where it has any."""
    sets = [settings.owner_tags, *(tags_of(key, settings) for key in CONTEXT)]
    for names in sets:
        if folded(tag) in map(folded, names):
            return names
    return (tag,)


def _is_of(row: Any, wanted: str) -> bool:
    """Whether a resource is of a type as tag policies write it: `ec2:instance`, `s3:ALL_SUPPORTED`."""
    parts = (row.arn or "").split(":", 5)
    if len(parts) < 6:
        return False
    service, _, type_ = wanted.partition(":")
    if service != parts[2]:
        return False
    own = ASKED_OF.get(service) or parts[5].replace(":", "/").partition("/")[0]
    return type_ in (own, EVERY)
