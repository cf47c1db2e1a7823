"""What a resource type is, as data: how it is listed, named, tagged, compared and owned.

`aws/SERVICE.toml` holds one table a Terraform type; `load()` turns them into frozen `ResourceType`s and
refuses any key it does not know. CONTRIBUTING.md explains the keys with a worked example.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from scanner.catalog.path import words
from scanner.errors import CollectError

FOLDER = Path(__file__).with_name("aws")


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """One attribute of a type: where AWS keeps it and how it is read and compared."""

    kind: str
    path: str
    default: Any = None
    """The value AWS means when it says nothing."""
    declared: str = ""
    """Path in the declared attributes, where it is not the attribute's own name."""
    when: str = ""
    """Path in the declared attributes; compared only where it is true."""
    within: bool = False
    """For a set: nothing is wrong as long as AWS has all that was declared; what else it has is others'."""
    owner: str = ""
    """The type whose declared instances own this attribute, where there are any."""
    owned: str = ""
    """For a set or blocks: path in the declared attributes of an owner to the one member that it declares,
    which is named alike in a block. Members that neither they nor this one declare are still compared."""
    of: Mapping[str, Attribute] = field(default_factory=dict)
    """The members of a block."""
    lacks: bool = False
    """What AWS does not tell is no difference, as to the provider: of blocks, which then have a name, one
    that is as it is by default."""
    secret: bool = False
    """Kept as a keyed hash: a change shows, the value does not."""
    keys: bool = False
    """For a map: names in the clear, values hashed (environment variables)."""
    always: bool = False
    """AWS never leaves it out: where an answer does, it was not read."""

    def __hash__(self) -> int:
        return hash((self.kind, self.path))


@dataclass(frozen=True, kw_only=True)
class Call:
    """A further call for each item: `service.operation`, its parameters, where its answer goes."""

    call: str
    params: Mapping[str, Any] = field(default_factory=dict)
    into: str
    items: str = ""
    """Path of what is kept of the answer; the whole answer if empty."""
    absent: tuple[str, ...] = ()
    """Error codes by which AWS says `not configured`."""
    when: str = ""
    """Path in the item; called only where it is true."""
    once: bool = False
    """One call for all items, which all get its whole answer."""
    size: int = 1
    """How many items one call may ask for; above 1, `param`, `key` and `match` say how.

    With `match` and no `param` the call lists everything, once for all items that give it the same params.
    """
    param: str = ""
    key: str = ""
    match: str = ""
    """Path in a part of the answer: the `key` of the item that it belongs to, or a list of several."""
    many: bool = False
    """An item takes every part that is its own, as a list, and not just one."""
    strip: str = ""
    """Text taken off the front of `key` before it is sent (Route 53's /hostedzone/)."""
    permission: str = ""
    """IAM action, where it is not service:Operation."""


@dataclass(frozen=True, kw_only=True)
class Link:
    """A reference to another resource: its type and the path that holds its id, name or ARN."""

    type: str
    id: str


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """One Terraform resource type, as data."""

    type: str
    list: str = ""
    """`service.operation` that lists it; empty for a type that is part of another's answer."""
    params: Mapping[str, Any] = field(default_factory=dict)
    items: str
    """Path of the items in the answer, or in the parent's item for a type with `of`."""
    item_key: str = ""
    """The name under which a scalar item is kept (queue URLs, table names)."""
    scope: Literal["region", "account", "global"] = "region"
    """One listing a region, one an account (items name their region), or one that has no region; what
    a type is found through, it shares the scope of."""
    organization: bool = False
    """It, and all found through it, is the organization's and no one account's: asked of the management
    account where that is scanned, else of the caller's own account alone."""
    owned_by: str = ""
    """Path of the account that is answered about an item and all found through it: others are denied it."""
    parent: str = ""
    """The type whose items give the parameters of the list call, one call each."""
    parent_when: str = ""
    """Path in the parent's item; listed only where it is true."""
    fan_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """A parameter that takes one value a call, and its values: one listing each. The item has the
    value it was found by under the parameter's name with `_` before it (`_Scope`)."""
    over: Mapping[str, str] = field(default_factory=dict)
    """A parameter that takes one value a call, and the path of its values in `parent`: one listing each."""
    nested: bool = False
    """The items hold others of the type: each is a parent of the list call in its turn."""
    only_in: Mapping[str, str] = field(default_factory=dict)
    """A value of `fan_out` that only one region answers to, and that region."""
    next: Mapping[str, str] = field(default_factory=dict)
    """Where botocore has no paginator: the parameter that asks for the next page, and the path of
    its value in the answer, nothing on the last page."""
    of: str = ""
    """The type whose items already hold this one's."""
    id: str
    """Template of Terraform's id."""
    arn: str = ""
    name: str = ""
    region: str = ""
    """Path of the item's region, for scope `account`."""
    tags: str = ""
    """Path of the tags; a type without it cannot be tagged."""
    created: str = ""
    key: str = ""
    """Template over the item: what a declared instance is found by, where ids differ."""
    declared_key: str = ""
    """Template over the declared attributes that gives the same text as `key`."""
    declared_parent: str = ""
    """Template over the declared attributes: the parent's Terraform id."""
    also: tuple[str, ...] = ()
    """Other Terraform types for the same object (aws_alb for aws_lb)."""
    each: tuple[Call, ...] = ()
    batch: Call | None = None
    """Replaces listed ids by described items, `size` at a time."""
    absent: tuple[str, ...] = ()
    """Error codes of the list call by which AWS says `none`."""
    holds: tuple[str, ...] = ()
    """Attributes of which a declared instance must find all it names in an item, or it is not there; others
    may be declared in the same item (a rule's peers in a group's permission)."""
    ignore: str = ""
    """Path; items for which it is true are no resources (terminated instances)."""
    default: str = ""
    """Path; true for objects every account or parent has without anyone's doing."""
    given: bool = False
    """No Terraform resource makes it: what is declared in one that is not there is another account's."""
    service: str = ""
    """Path; true for objects an AWS service made and manages."""
    spawned: str = ""
    """Path; true for objects another resource made (an Auto Scaling group's instances)."""
    gone: str = ""
    """Path; true for objects that are as good as deleted: kept, but nothing declared is found in them."""
    beyond: str = ""
    """Path in the declared attributes; true for instances that this type does not collect."""
    declared_in: str = ""
    """Path in the parent's declared attributes: names of those the parent declares itself."""
    part: bool = False
    """A sub-configuration of its parent: never a resource of its own to report as unmanaged."""
    claimed_in: tuple[Link, ...] = ()
    """Declared types whose state names this one by its Terraform id at that path: not unmanaged then."""
    speaks_for: tuple[Link, ...] = ()
    """Paths in the declared attributes to the parents for which it declares what that other type would."""
    beside_declared: bool = False
    """For a part: reported as unmanaged where others of its type are declared for its parent, since then
    nothing compares it (a route in a table whose routes are resources of their own)."""
    independent: bool = False
    """Reported as unmanaged even where its parent is unmanaged too (access keys)."""
    belongs_to: tuple[Link, ...] = ()
    """Where its owner is looked for when it has none: the first that is found."""
    may_omit: bool = False
    """AWS leaves the list out of the answer when it is empty."""
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    """Compared with Terraform, by Terraform's name."""
    facts: Mapping[str, Attribute] = field(default_factory=dict)
    """Kept for rules only."""
    permission: str = ""
    file: str = ""

    def __hash__(self) -> int:
        return hash((self.type, self.file))

    @property
    def client(self) -> str:
        """boto3's name of the service."""
        return self.list.partition(".")[0]

    @property
    def operation(self) -> str:
        """boto3's method name of the list call."""
        return self.list.partition(".")[2]

    @property
    def container(self) -> str:
        """The type this one is found through, or ``."""
        return self.parent or self.of

    @property
    def shared(self) -> bool:
        """Whether several may be declared in one item, each for its part."""
        return bool(self.holds) or any(a.within for a in self.attributes.values())

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every call after the list call, in order."""
        return ((self.batch,) if self.batch else ()) + self.each

    @cached_property
    def kept(self) -> Mapping[str, Attribute]:
        """All attributes that are stored, compared ones first."""
        return {**self.attributes, **self.facts}

    def sources(self, path: str) -> frozenset[str]:
        """The `into` names of the calls that a path reads from."""
        named = words(path)
        return frozenset(call.into for call in self.each if call.into in named)


def _attribute(name: str, line: Any, where: str) -> Attribute:
    if isinstance(line, str):
        kind, _, path = line.partition(" ")
        line = {"kind": kind, "path": path.strip()}
    line = dict(line)
    members = {
        inner: _attribute(inner, value, f"{where}.{name}")
        for inner, value in line.pop("of", {}).items()
    }
    line.setdefault("path", "")
    unknown = set(line) - set(Attribute.__dataclass_fields__)
    if unknown:
        raise CollectError(f"{where}.{name}: unknown key {', '.join(sorted(unknown))}")
    try:
        return replace(msgspec.convert(line, Attribute), of=members)
    except msgspec.ValidationError as error:
        raise CollectError(f"{where}.{name}: {error}") from error


PARTS: Mapping[str, type[Call] | type[Link]] = {
    "each": Call, "batch": Call, "belongs_to": Link, "claimed_in": Link, "speaks_for": Link,
}  # fmt: skip


def _parts(value: Any, kind: type[Call] | type[Link], many: bool, where: str) -> Any:
    """One table, or a list of them, as calls or links; CollectError for a key they do not have."""
    made = msgspec.convert(value, tuple[kind, ...] if many else kind)  # type: ignore[valid-type]
    for table in value if many else [value]:
        unknown = set(table) - set(kind.__dataclass_fields__)
        if unknown:
            raise CollectError(f"{where}: unknown key {', '.join(sorted(unknown))}")
    return made


def parse(name: str, table: Mapping[str, Any], file: str) -> ResourceType:
    """One table of a TOML file as a ResourceType; CollectError names the file and key otherwise."""
    where = f"{file}: {name}"
    fields = dict(table)
    attributes = fields.pop("attributes", {})
    facts = fields.pop("facts", {})
    unknown = set(fields) - set(ResourceType.__dataclass_fields__)
    if unknown:
        raise CollectError(f"{where}: unknown key {', '.join(sorted(unknown))}")
    try:
        for key, kind in PARTS.items():
            if key in fields:
                fields[key] = _parts(fields[key], kind, key != "batch", f"{where}.{key}")
        for key in fields.keys() & {"also", "absent", "holds"}:
            fields[key] = tuple(fields[key])
        if "fan_out" in fields:
            fields["fan_out"] = msgspec.convert(fields["fan_out"], dict[str, tuple[str, ...]])
        return ResourceType(
            type=name,
            file=file,
            attributes={k: _attribute(k, v, where) for k, v in attributes.items()},
            facts={k: _attribute(k, v, where) for k, v in facts.items()},
            **fields,
        )
    except (TypeError, msgspec.ValidationError) as error:
        raise CollectError(f"{where}: {error}") from error


@lru_cache(maxsize=1)
def load() -> Mapping[str, ResourceType]:
    """Every resource type by its Terraform name, parents before their children.

    Raises CollectError for a file that is not what this module describes.
    """
    found: dict[str, ResourceType] = {}
    for file in sorted(FOLDER.glob("*.toml")):
        for name, table in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if name in found:
                raise CollectError(f"{file.name}: {name} is already in {found[name].file}")
            found[name] = parse(name, table, file.name)
    ordered: dict[str, ResourceType] = {}

    def place(name: str, path: tuple[str, ...]) -> None:
        if name in ordered:
            return
        if name in path:
            raise CollectError(f"{' -> '.join((*path, name))}: types contain each other")
        if name not in found:
            raise CollectError(f"{found[path[-1]].file}: {path[-1]} names {name}, which is no type")
        kind = found[name]
        if kind.container:
            place(kind.container, (*path, name))
            above = ordered[kind.container]
            kind = replace(kind, scope=above.scope, organization=above.organization)
        ordered[name] = kind

    for name in found:
        place(name, ())
    return ordered
