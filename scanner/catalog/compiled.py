"""JMESPath's parse tree as nested functions: the same answers as its interpreter, several times sooner.

A scan reads some twenty paths of every resource, and the interpreter looks each node up anew for each.
What is not written out in here (slices, references to expressions) is left to the interpreter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jmespath.visitor import TreeInterpreter, _equals, _is_actual_number

Step = Callable[[Any], Any]
Node = dict[str, Any]


def compiled(tree: Node, interpreter: TreeInterpreter) -> Step:
    """A function from a document to what the interpreter would find in it."""
    functions = interpreter._functions

    def made(node: Node) -> Step:
        value: Any = node.get("value")
        inner = node["children"]
        match node["type"]:
            case "field":
                return field(value)
            case "current" | "identity":
                return lambda document: document
            case "literal":
                return lambda document: value
            case "subexpression" | "index_expression" | "pipe":
                return _chain([made(child) for child in inner])
            case "index":
                return _index(value)
            case "comparator" if value in ("eq", "ne"):
                return _equality(value == "eq", made(inner[0]), made(inner[1]))
            case "and_expression" | "or_expression":
                return _either(node["type"] == "or_expression", made(inner[0]), made(inner[1]))
            case "not_expression":
                return _negation(made(inner[0]))
            case "projection":
                return _projection(made(inner[0]), made(inner[1]))
            case "filter_projection":
                return _filter(*(made(child) for child in inner))
            case "flatten":
                return _flatten(made(inner[0]))
            case "multi_select_list":
                return _several([made(child) for child in inner])
            case "function_expression" if all(child["type"] != "expref" for child in inner):
                return _call(functions.call_function, value, [made(child) for child in inner])
            case _:
                return lambda document: interpreter.visit(node, document)

    return made(tree)


def _false(value: Any) -> bool:
    return value is None or value is False or value == "" or value == [] or value == {}


def field(name: str) -> Step:
    """What stands at one name."""

    def step(document: Any) -> Any:
        try:
            return document.get(name)
        except AttributeError:  # a text, a number, a list: nothing is below it
            return None

    return step


def _chain(steps: list[Step]) -> Step:
    def step(document: Any) -> Any:
        for each in steps:
            document = each(document)
        return document

    return step


def _index(place: int) -> Step:
    def step(document: Any) -> Any:
        if not isinstance(document, list):
            return None
        try:
            return document[place]
        except IndexError:
            return None

    return step


def _equality(wanted: bool, left: Step, right: Step) -> Step:
    def step(document: Any) -> bool:
        same = _equals(left(document), right(document))
        return same if wanted else not same

    return step


def _either(ends_when_true: bool, left: Step, right: Step) -> Step:
    def step(document: Any) -> Any:
        found = left(document)
        return right(document) if _false(found) is ends_when_true else found

    return step


def _negation(of: Step) -> Step:
    def step(document: Any) -> bool:
        found = of(document)
        # zero is true to JMESPath
        return False if _is_actual_number(found) and found == 0 else not found

    return step


def _projection(base: Step, then: Step) -> Step:
    def step(document: Any) -> Any:
        items = base(document)
        if not isinstance(items, list):
            return None
        return [found for item in items if (found := then(item)) is not None]

    return step


def _filter(base: Step, then: Step, when: Step) -> Step:
    def step(document: Any) -> Any:
        items = base(document)
        if not isinstance(items, list):
            return None
        return [
            found for item in items if not _false(when(item)) and (found := then(item)) is not None
        ]

    return step


def _flatten(base: Step) -> Step:
    def step(document: Any) -> Any:
        items = base(document)
        if not isinstance(items, list):
            return None
        flat: list[Any] = []
        for item in items:
            if isinstance(item, list):
                flat += item
            else:
                flat.append(item)
        return flat

    return step


def _several(steps: list[Step]) -> Step:
    def step(document: Any) -> Any:
        return None if document is None else [each(document) for each in steps]

    return step


def _call(function: Callable[[str, list[Any]], Any], name: str, arguments: list[Step]) -> Step:
    def step(document: Any) -> Any:
        given = [each(document) for each in arguments]
        # the two that are asked of every tag; whatever is not what they want, the library refuses
        if name == "starts_with" and len(given) == 2 and type(given[0]) is type(given[1]) is str:
            return given[0].startswith(given[1])
        if name == "contains" and len(given) == 2 and type(given[0]) is list:
            return given[1] in given[0]
        return function(name, given)

    return step
