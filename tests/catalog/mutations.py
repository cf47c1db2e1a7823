"""Deliberate mistakes in a resource type: every one makes it ask or read something wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scanner.catalog import Attribute, Call, ResourceType

from . import models

_TOKEN = re.compile(r"'[^']*'|`[^`]*`|\"[^\"]*\"|[A-Za-z_]\w*(?!\w*\()|[A-Za-z_]\w*\(")
_LITERAL = re.compile(r"== *'([^']+)'")
_WRONG = {
    "str": "map", "int": "set", "float": "map", "bool": "int", "set": "map", "list": "int",
    "map": "str", "policy": "int", "json": "bool", "time": "bool", "lower": "int",
    "arn_or_name": "int", "arns_or_names": "map", "block": "str", "blocks": "str", "rules": "str",
}  # fmt: skip
_PATHS = (
    "items", "tags", "created", "region", "ignore", "default", "service", "spawned", "gone",
    "beyond", "declared_in",
)  # fmt: skip
_TEMPLATES = ("id", "arn", "name", "key", "declared_key", "declared_parent")


@dataclass(frozen=True)
class Mutation:
    """A mistake: its sort, where it is, and the type with it, beside the same type without."""

    sort: str
    where: str
    before: ResourceType
    after: ResourceType


def mutations(kind: ResourceType) -> Iterator[Mutation]:
    """Every mistake of every sort in one type."""
    for sort, where, after in _whole(kind):
        yield Mutation(sort, f"{kind.type} {where}", kind, after)
    for table in ("attributes", "facts"):
        attributes: Mapping[str, Attribute] = getattr(kind, table)
        for name, attribute in attributes.items():
            # alone, so that a check costs little; the same is taken from the type without the mistake
            alone: dict[str, Any] = {"attributes": {}, "facts": {}, table: {name: attribute}}
            before = replace(kind, **alone)
            for sort, new_name, new in _attribute(name, attribute, table == "attributes"):
                after = replace(before, **{table: {new_name: new}})  # type: ignore[arg-type]
                yield Mutation(
                    sort, f"{kind.type}.{name} -> {new_name} {_brief(new)}", before, after
                )


def _brief(attribute: Attribute) -> str:
    return f"{attribute.kind} {attribute.path!r} {attribute.declared!r}"


def misspelt(path: str, *, template: bool = False) -> Iterator[str]:
    """The path with one of its names wrong, each in turn; quoted texts and functions stay."""
    spans = [m.span() for m in re.finditer(r"\{[^{}]+\}", path)] if template else [(0, len(path))]
    for start, end in spans:
        for match in _TOKEN.finditer(path, start, end):
            text = match[0]
            if text[0] in "'`" or text.endswith("("):
                continue
            last = match.end() - (1 if text[0] == '"' else 0)
            yield f"{path[:last]}x{path[last:]}"


def _whole(kind: ResourceType) -> Iterator[tuple[str, str, ResourceType]]:
    yield "type", "type", replace(kind, type=f"{kind.type}x")
    if kind.list:
        for sort, call in _operations(kind.list):
            yield sort, call, replace(kind, list=call)
        for sort, where, params in _params(kind.list, kind.params):
            yield sort, where, replace(kind, params=params)
        yield "permission", "permission", replace(kind, permission="ec2:DescribeNothing")
        yield "container", "list dropped", replace(kind, list="")
    for key in _PATHS:
        for path in misspelt(getattr(kind, key)):
            yield f"path {key}", path, replace(kind, **{key: path})  # type: ignore[arg-type]
        for path in _literals(getattr(kind, key)):
            yield "literal", path, replace(kind, **{key: path})  # type: ignore[arg-type]
    for key in _TEMPLATES:
        for path in misspelt(getattr(kind, key), template=True):
            sort = key if key.startswith("declared") else "template"
            yield sort, path, replace(kind, **{key: path})  # type: ignore[arg-type]
    for key in ("of", "parent"):
        if getattr(kind, key):
            yield "container", key, replace(kind, **{key: f"{getattr(kind, key)}x"})  # type: ignore[arg-type]
            yield "container", f"{key} dropped", replace(kind, **{key: ""})  # type: ignore[arg-type]
    if kind.scope != "account":
        other = "global" if kind.scope == "region" else "region"
        if kind.container or "_region" in kind.id:
            yield "scope", other, replace(kind, scope=other)  # type: ignore[arg-type]
    if kind.parent_when:
        for path in misspelt(kind.parent_when):
            yield "path parent_when", path, replace(kind, parent_when=path)
        for path in _literals(kind.parent_when):
            yield "literal", path, replace(kind, parent_when=path)
    for name, values in kind.fan_out.items():
        rest = {key: value for key, value in kind.fan_out.items() if key != name}
        yield "fan_out", f"{name}x", replace(kind, fan_out={**rest, f"{name}x": values})
        for value in values:
            fewer = tuple(v for v in values if v != value)
            yield "fan_out", value, replace(kind, fan_out={**rest, name: (*fewer, f"{value}x")})
            yield "fan_out", f"{value} dropped", replace(kind, fan_out={**rest, name: fewer})
    for value, region in kind.only_in.items():
        yield "only_in", value, replace(kind, only_in={f"{value}x": region})
        yield "only_in", region, replace(kind, only_in={value: f"{region}x"})
    for name, path in kind.next.items():
        yield "next", name, replace(kind, next={f"{name}x": path})
        yield "next", "dropped", replace(kind, next={})
        for wrong in misspelt(path):
            yield "next", wrong, replace(kind, next={name: wrong})
    if kind.key:
        yield "declared_key", "dropped", replace(kind, declared_key="")
    if kind.item_key:
        yield "item_key", "dropped", replace(kind, item_key="")
    for name in kind.also:
        yield "also", name, replace(kind, also=(f"{name}x",))
    for link in kind.belongs_to:
        yield (
            "belongs_to",
            link.type,
            replace(kind, belongs_to=(replace(link, type=f"{link.type}x"),)),
        )
        for path in misspelt(link.id):
            yield "belongs_to", path, replace(kind, belongs_to=(replace(link, id=path),))
    for link in kind.claimed_in:
        wrong_type = replace(link, type=f"{link.type}x")
        yield "claimed_in", link.type, replace(kind, claimed_in=(wrong_type,))
        for path in misspelt(link.id):
            yield "claimed_in", path, replace(kind, claimed_in=(replace(link, id=path),))
    if kind.batch:
        for sort, where, wrong in _calls(kind.batch, batch=True):
            yield sort, f"batch {where}", replace(kind, batch=wrong)
    for index, each in enumerate(kind.each):
        for sort, where, wrong in _calls(each, batch=False):
            after = replace(kind, each=(*kind.each[:index], wrong, *kind.each[index + 1 :]))
            yield sort, f"each {each.into}: {where}", after


def _operations(call: str) -> Iterator[tuple[str, str]]:
    service, _, method = call.partition(".")
    yield "operation", f"{call}s"
    yield "operation", f"{service}x.{method}"
    verb, _, rest = method.partition("_")
    for other in ("delete", "create", "put", "update", "disable"):
        for name in (f"{other}_{rest}", f"{other}_{rest.removesuffix('s')}"):
            if models.operation(f"{service}.{name}"):
                yield "writing operation", f"{service}.{name}"
    del verb


def _params(call: str, params: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    model = models.operation(call)
    shape = model.input_shape if model else None
    for name, value in params.items():
        rest = {key: inner for key, inner in params.items() if key != name}
        yield "parameter", f"{name}x", {**rest, f"{name}x": value}
        if shape is not None and name in shape.required_members:
            yield "required parameter", f"{name} dropped", rest
        member = shape.members.get(name) if shape is not None else None
        for sort, wrong in _values(value, member):
            yield sort, f"{name} = {wrong!r}", {**rest, name: wrong}


def _values(value: Any, shape: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, str) and "{" in value:
        for path in misspelt(value, template=True):
            yield "path in a parameter", path
    elif isinstance(value, bool | int):
        yield "parameter value", "many"
        if shape is not None and shape.metadata.get("max") and not isinstance(value, bool):
            yield "parameter maximum", shape.metadata["max"] + 1
    elif isinstance(value, str) and shape is not None and shape.metadata.get("enum"):
        yield "enum", f"{value}x"
    elif isinstance(value, list) and shape is not None and shape.type_name == "list":
        yield "parameter value", 5
        for index, inner in enumerate(value):
            for sort, wrong in _values(inner, shape.member):
                yield sort, [*value[:index], wrong, *value[index + 1 :]]


def _literals(path: str) -> Iterator[str]:
    for match in _LITERAL.finditer(path):
        yield f"{path[: match.end() - 1]}x{path[match.end() - 1 :]}"


def _calls(call: Call, *, batch: bool) -> Iterator[tuple[str, str, Call]]:
    for sort, name in _operations(call.call):
        yield sort, name, replace(call, call=name)
    for sort, where, params in _params(call.call, call.params):
        yield sort, where, replace(call, params=params)
    if not batch:
        yield "into", "into", replace(call, into=f"{call.into}x")
    for key in ("items", "when", "key", "match"):
        for path in misspelt(getattr(call, key)):
            yield f"path {key} of a call", path, replace(call, **{key: path})  # type: ignore[arg-type]
        for path in _literals(getattr(call, key)):
            yield "literal", path, replace(call, **{key: path})  # type: ignore[arg-type]
    if call.param:
        yield "parameter", "param", replace(call, param=f"{call.param}x")
        yield "size", "size", replace(call, size=call.size * 1000)
    for code in call.absent:
        yield "absent", code, replace(call, absent=(f"{code}x",))
    yield "permission", "permission", replace(call, permission="s3:GetObject")


def _attribute(name: str, line: Attribute, compared: bool) -> Iterator[tuple[str, str, Attribute]]:
    for path in misspelt(line.path):
        yield "path of an attribute", name, replace(line, path=path)
    for path in _literals(line.path):
        yield "literal", name, replace(line, path=path)
    yield "unknown kind", name, replace(line, kind=f"{line.kind}x")
    wrong = _WRONG.get(line.kind)
    if wrong:
        yield "wrong kind", name, replace(line, kind=wrong)
    if line.kind == "str" and line.default is not None:
        yield "default", name, replace(line, default=5)
    for inner_name, inner in line.of.items():
        for sort, new_name, new in _attribute(inner_name, inner, compared):
            members = {k: v for k, v in line.of.items() if k != inner_name}
            yield sort, name, replace(line, of={**members, new_name: new})
    if line.of:
        yield "block", name, replace(line, of={})
    if not compared:
        return
    if line.declared:
        for path in misspelt(line.declared):
            yield "declared", name, replace(line, declared=path)
    else:
        yield "attribute", f"{name}x", line
    for path in misspelt(line.when):
        yield "when", name, replace(line, when=path)
    for path in misspelt(line.owned):
        yield "owned", name, replace(line, owned=path)
    if line.owner:
        yield "owner", name, replace(line, owner=f"{line.owner}x")
