"""Paths and templates: how a line of a resource type points into an AWS reply or a Terraform state.

A path is a JMESPath expression. A template is text with `{path}` in it; a template that is one `{path}`
and nothing else gives the value itself, of whatever type. To JMESPath's own functions come

    last(text, separator)    what follows the last separator: the name at the end of a URL or an ARN
    split(text, separator)   the parts of a text
    strip(text, prefix)      the text without that prefix
    trim(text, characters)   the text without those characters at either end
    domain(text)             a DNS name as Terraform writes it: lower case, no dot at the end
    pick(pairs, key)         the Value beside a Key in a list of Key/Value pairs
    from_items(pairs)        a map from a list of [key, value] pairs
    from_json(text)          the document in a JSON text; null where the text is not JSON
    where(items, key, value) the items whose `key` is `value`, which may come from outside the items
    holding(items, list, key, value)  the items whose `list` holds an element with that `key`
    marked(items, key, value)  the items with `key` set to `value`, to tell two lists apart
    ended(texts, end)        the texts, each with that end
    traffic(protocol, from, to)  the protocol and ports of a security group's rule in one form
    grants(grants)           S3's grants, one a grantee with all its permissions, as Terraform has them
    credentials(report)      the lines of IAM's credential report

each of which answers null to null.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import jmespath
from jmespath import functions
from jmespath.exceptions import JMESPathError, UnknownFunctionError
from jmespath.visitor import TreeInterpreter

from scanner.catalog.compiled import compiled, field
from scanner.catalog.credential_report import lines
from scanner.catalog.group_rules import traffic

Getter = Callable[[Any], Any]

_PLAIN = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_HOLE = re.compile(r"\{([^{}]+)\}")
_WORD = re.compile(r"[A-Za-z_]\w*")
_OCTAL = re.compile(r"\\([0-3][0-7]{2})")


class _Functions(functions.Functions):  # type: ignore[misc]
    @functions.signature({"types": ["string", "null"]}, {"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_last(self, text: str | None, separator: str) -> str | None:
        return text.rsplit(separator, 1)[-1] if text else text

    @functions.signature({"types": ["string", "null"]}, {"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_split(self, text: str | None, separator: str) -> list[str] | None:
        return None if text is None else text.split(separator)

    @functions.signature({"types": ["string", "null"]}, {"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_strip(self, text: str | None, prefix: str) -> str | None:
        return None if text is None else text.removeprefix(prefix)

    @functions.signature({"types": ["string", "null"]}, {"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_trim(self, text: str | None, characters: str) -> str | None:
        return None if text is None else text.strip(characters)

    @functions.signature({"types": ["string", "null"]})  # type: ignore[untyped-decorator]
    def _func_domain(self, text: str | None) -> str | None:
        if text is None:
            return None
        return _OCTAL.sub(lambda code: chr(int(code[1], 8)), text).lower().rstrip(".")

    @functions.signature({"types": ["array", "null"]}, {"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_pick(self, pairs: list[Any] | None, key: str) -> Any:
        return next((pair.get("Value") for pair in pairs or () if pair.get("Key") == key), None)

    @functions.signature({"types": ["array", "null"]})  # type: ignore[untyped-decorator]
    def _func_from_items(self, pairs: list[list[Any]] | None) -> dict[str, Any] | None:
        return None if pairs is None else {str(key): value for key, value in pairs}

    @functions.signature({"types": ["string", "null"]})  # type: ignore[untyped-decorator]
    def _func_from_json(self, text: str | None) -> Any:
        try:
            return None if text is None else json.loads(text)
        except ValueError:
            return None

    @functions.signature({"types": ["array", "null"]}, {"types": ["string"]}, {"types": []})  # type: ignore[untyped-decorator]
    def _func_where(self, items: list[Any] | None, key: str, value: Any) -> list[Any] | None:
        return None if items is None else [item for item in items if item.get(key) == value]

    @functions.signature(
        {"types": ["array", "null"]}, {"types": ["string"]}, {"types": ["string"]}, {"types": []}
    )  # type: ignore[untyped-decorator]
    def _func_holding(
        self, items: list[Any] | None, name: str, key: str, value: Any
    ) -> list[Any] | None:
        if items is None:
            return None
        return [item for item in items if self._func_where(item.get(name) or [], key, value)]

    @functions.signature({"types": ["array", "null"]}, {"types": ["string"]}, {"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_marked(self, items: list[Any] | None, key: str, value: str) -> list[Any] | None:
        return None if items is None else [{**item, key: value} for item in items]

    @functions.signature({"types": ["array", "null"]}, {"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_ended(self, texts: list[Any] | None, end: str) -> list[str] | None:
        return None if texts is None else [f"{text}{end}" for text in texts]

    @functions.signature({"types": []}, {"types": []}, {"types": []})  # type: ignore[untyped-decorator]
    def _func_traffic(self, protocol: Any, low: Any, high: Any) -> str:
        return traffic(protocol, low, high)

    @functions.signature({"types": ["array", "null"]})  # type: ignore[untyped-decorator]
    def _func_grants(self, grants: list[Any] | None) -> list[Any] | None:
        if grants is None:
            return None
        found: dict[str, dict[str, Any]] = {}
        for grant in grants:
            grantee = grant.get("Grantee") or {}
            held = found.setdefault(
                json.dumps(grantee, sort_keys=True), {**grantee, "Permissions": []}
            )
            held["Permissions"].append(grant.get("Permission"))
        return list(found.values())

    @functions.signature({"types": []})  # type: ignore[untyped-decorator]
    def _func_credentials(self, report: Any) -> list[dict[str, Any]] | None:
        return None if report is None else lines(report)


_INTERPRETER = TreeInterpreter(jmespath.Options(custom_functions=_Functions()))


@cache
def getter(path: str) -> Getter:
    """A function from a document to what `path` points at, None where nothing is there.

    Raises jmespath.exceptions.JMESPathError for a path that is not JMESPath; the function raises
    ValueError for a document whose values are of another kind than the path can take.
    """
    if _PLAIN.fullmatch(path):
        steps = path.split(".")
        if len(steps) == 1:
            return field(path)

        def walk(document: Any) -> Any:
            # jmespath.search costs about ten times as much, and most paths are this plain
            for step in steps:
                try:
                    document = document.get(step)
                except AttributeError:  # a text, a number, a list: nothing is below it
                    return None
            return document

        return walk
    find = compiled(jmespath.compile(path).parsed, _INTERPRETER)

    def search(document: Any) -> Any:
        try:
            return find(document)
        except UnknownFunctionError:
            raise
        except JMESPathError as error:
            raise ValueError(f"{path}: {error}") from error

    return search


def holes(template: str) -> tuple[str, ...]:
    """The paths inside a template."""
    return tuple(_HOLE.findall(template))


def fill(template: str, document: Any) -> Any:
    """The template with every `{path}` replaced; None if any of them points at nothing."""
    return _filling(template)(document)


@cache
def _filling(template: str) -> Getter:
    whole = _HOLE.fullmatch(template)
    if whole:
        return getter(whole[1])
    texts = _HOLE.split(template)[::2]
    finds = [getter(path) for path in holes(template)]

    def filled(document: Any) -> str | None:
        made = [texts[0]]
        for find, text in zip(finds, texts[1:], strict=True):
            value = find(document)
            if value is None:
                return None
            made += (str(value), text)
        return "".join(made)

    return filled


def told(path: str, document: Any) -> Any:
    """What a path points at; None too where a value is of another kind than the path can take."""
    try:
        return getter(path)(document)
    except ValueError:
        return None


def words(path: str) -> frozenset[str]:
    """Every name in a path: enough to see which part of a document it may read."""
    return frozenset(_WORD.findall(path))
