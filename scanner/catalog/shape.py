"""From a raw item of AWS to the values that are stored; from a declared attribute to the same form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Protocol

from scanner.catalog.group_rules import flatten
from scanner.catalog.kinds import KINDS, UNFIT, bare, dumps, unfit
from scanner.catalog.path import getter
from scanner.catalog.policy import folded
from scanner.catalog.spec import Attribute


class Hash(Protocol):
    """Turns a secret into a keyed hash."""

    def __call__(self, value: str, /) -> str: ...


UNDECLARED = object()
"""Stands for an attribute that the state leaves null: nobody's wish, so nothing to compare."""


def actual(attribute: Attribute, item: Any, hide: Hash) -> Any:
    """The value of one attribute in a raw item, in canonical form.

    Raises ValueError where AWS's value is not of the attribute's kind.
    """
    return reading(attribute)(item, hide)


@cache
def reading(attribute: Attribute) -> Callable[[Any, Hash], Any]:
    """`actual` of one attribute as a function of the item: what its line says is looked at once."""
    find = getter(attribute.path) if attribute.path else _itself
    default, kind = attribute.default, attribute.kind
    if kind in ("block", "blocks"):
        inner = [(name, reading(member)) for name, member in attribute.of.items()]

        def block(item: Any, hide: Hash) -> Any:
            value = find(item)
            value = default if value is None else value
            elements = value if isinstance(value, list) else [] if value in (None, {}) else [value]
            return _ordered(
                attribute, [{name: read(each, hide) for name, read in inner} for each in elements]
            )

        return block
    if kind == "rules":
        return lambda item, hide: flatten(find(item))
    form = _scalar(attribute)

    def plain(item: Any, hide: Hash) -> Any:
        value = find(item)
        return form(default if value is None else value, hide)

    return plain


def declared(name: str, attribute: Attribute, attributes: Mapping[str, Any], hide: Hash) -> Any:
    """The declared value of one attribute in the same form; UNDECLARED where it is null.

    Members that are not declared are left out, so that only what was asked for is compared.
    """
    value = getter(attribute.declared or name)(attributes)
    return UNDECLARED if value is None else wish(name, attribute)(value, hide)


@cache
def wish(name: str, attribute: Attribute) -> Callable[[Any, Hash], Any]:
    """The canonical form of a declared value that is not null, as a function of it."""
    if attribute.kind in ("block", "blocks"):
        inner = [
            (key, getter(member.declared or key), wish(key, member))
            for key, member in attribute.of.items()
        ]

        def block(value: Any, hide: Hash) -> Any:
            members = []
            for element in value if isinstance(value, list) else [value]:
                if not isinstance(element, Mapping):
                    raise ValueError(f"{name} is not a block")
                members.append(
                    {
                        key: form(found, hide)
                        for key, find, form in inner
                        if (found := find(element)) is not None
                    }
                )
            return _ordered(attribute, members)

        return block
    form, default = _scalar(attribute), attribute.default
    if not isinstance(default, str):
        return form
    # a refresh writes an empty text where AWS said nothing
    return lambda value, hide: form(default if value == "" else value, hide)


def _scalar(attribute: Attribute) -> Callable[[Any, Hash], Any]:
    """The canonical form of a value that is no block, as a function of it."""
    kind, convert = attribute.kind, KINDS[attribute.kind]
    hides = attribute.secret or attribute.keys

    def form(value: Any, hide: Hash) -> Any:
        try:
            made = convert(value)
        except UNFIT as error:
            raise unfit(kind, value) from error
        return _hidden(attribute, made, hide) if hides else made

    return form


def _itself(item: Any) -> Any:
    return item


def _ordered(attribute: Attribute, members: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if attribute.kind == "blocks":
        members.sort(key=lambda member: dumps(bare(member)))
    return members


def _hidden(attribute: Attribute, value: Any, hide: Hash) -> Any:
    if attribute.secret and value not in (None, ""):
        return hide(value if isinstance(value, str) else dumps(value))
    if attribute.keys and isinstance(value, Mapping):
        return {key: hide(str(inner)) for key, inner in value.items()}
    return value


def differs(attribute: Attribute, wanted: Any, found: Any) -> bool:
    """Whether AWS has something other than what was declared.

    A block is compared member by member where both sides have as many; a member that was not
    declared is nobody's wish and is not compared.
    """
    if attribute.within:
        return not set(wanted or ()) <= set(found or ())
    if attribute.lacks and (found is None or found == []) and attribute.kind != "blocks":
        return False
    if attribute.kind not in ("block", "blocks"):
        if attribute.kind == "policy":
            # an empty text in a condition is a condition, so nothing is taken off
            return bool(folded(wanted) != folded(found))
        return bool(bare(wanted) != bare(found))
    wanted = [member for member in wanted or [] if bare(member)]
    found = [member for member in found or [] if bare(member)]
    if attribute.lacks and attribute.kind == "blocks":
        names = {member.get("name") for member in found}
        wanted = [member for member in wanted if member.get("name") in names]
    if len(wanted) != len(found):
        return True
    if attribute.kind == "blocks" and len(wanted) > 1:
        shared = set.intersection(*(set(member) for member in wanted))
        wanted, found = (
            sorted(
                ({name: member.get(name) for name in shared} for member in side),
                key=lambda member: dumps(bare(member)),
            )
            for side in (wanted, found)
        )
    return any(
        differs(attribute.of[name], asked[name], has.get(name))
        for asked, has in zip(wanted, found, strict=True)
        for name in asked
        if name in attribute.of
    )
