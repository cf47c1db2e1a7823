"""What a JMESPath gives on a document of a known form: the path is walked over forms, not over data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import jmespath
from botocore.model import Shape
from jmespath.exceptions import JMESPathError

from scanner.catalog import path as engine


class Unresolved(Exception):
    """A path that can never give anything on documents of this form."""


class Form:
    """What a value can look like."""


@dataclass(frozen=True, eq=False)
class Anything(Form):
    """A document nobody describes."""


@dataclass(frozen=True, eq=False)
class Nothing(Form):
    """null, written down."""


@dataclass(frozen=True)
class Scalar(Form):
    """Text, a number, a truth value or a moment."""

    kind: str
    """string | integer | float | boolean | timestamp | blob."""
    enum: frozenset[str] = frozenset()
    loose: bool = False
    """The value of a map, or a part of a text: text, whatever it means."""
    sensitive: bool = False
    named: frozenset[str] = frozenset()
    """Values that the model's text lists."""


@dataclass(frozen=True, eq=False)
class Several(Form):
    """A list."""

    of: Form


@dataclass(frozen=True, eq=False)
class Pairs(Form):
    """A map with keys that are data."""

    of: Form
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Either(Form):
    """One of several forms."""

    forms: tuple[Form, ...]


@dataclass(frozen=True, eq=False)
class Thing(Form):
    """An object with named members, made when they are asked for."""

    name: str
    members: Mapping[str, Callable[[], Form]]
    rest: Pairs | None = None
    """What other names give, where the object is a map."""

    def having(self, **more: Form) -> Thing:
        """The same with further members."""
        given = {name: constant(form) for name, form in more.items()}
        return Thing(self.name, {**self.members, **given}, self.rest)


def constant(form: Form) -> Callable[[], Form]:
    """A member whose form is known already."""
    return lambda: form


ANY = Anything()
NULL = Nothing()
TEXT = Scalar("string")
NUMBER = Scalar("float")
TRUTH = Scalar("boolean")
_NUMERIC = {"integer": "integer", "long": "integer", "float": "float", "double": "float"}


def form_of(shape: Shape, sensitive: bool = False) -> Form:
    """The form of botocore's shape; document types are Anything."""
    sensitive = sensitive or bool(shape.metadata.get("sensitive"))
    sensitive = sensitive and shape.name not in NO_SECRETS
    if shape.type_name == "structure":
        if shape.is_document_type:
            return ANY
        return Thing(shape.name, _Members(shape, sensitive))
    if shape.type_name == "list":
        return Several(form_of(shape.member, sensitive))
    if shape.type_name == "map":
        value = form_of(shape.value, sensitive)
        if isinstance(value, Scalar):
            value = replace(value, loose=True)
        return Pairs(value, frozenset(shape.key.metadata.get("enum", ())) or _documented(shape))
    kind = _NUMERIC.get(shape.type_name, shape.type_name)
    kind = "string" if kind == "character" else kind
    enum = frozenset(shape.metadata.get("enum", ()))
    return Scalar(kind, enum, False, sensitive, _documented(shape))


NO_SECRETS = {"SSEKMSKeyId"}
"""Shapes that a model marks as sensitive, and that name a key or a thing and hold no secret."""

_CODE = re.compile(r"<(?:code|dt)>([A-Za-z][\w.-]*)</(?:code|dt)>")
_DELIVERY = ("RoleArn", "SampleRate")
KEYS: Mapping[str, frozenset[str]] = {
    # SetTopicAttributes in the SNS API reference; GetTopicAttributes answers with them too
    "TopicAttributesMap": frozenset(
        {f"{to}SuccessFeedback{what}" for to in ("HTTP", "Firehose", "Lambda", "Application", "SQS")
         for what in _DELIVERY}
        | {f"{to}FailureFeedbackRoleArn" for to in ("HTTP", "Firehose", "Lambda", "Application", "SQS")}
        | {"FifoThroughputScope"}
    ),
    # Subscribe, same place
    "SubscriptionAttributesMap": frozenset({"ReplayPolicy", "ReplayStatus"}),
}  # fmt: skip
"""Keys that the text of the answer's own model leaves out, by the name of the map's shape."""


def _documented(shape: Shape) -> frozenset[str]:
    """The keys of a map, or values of a text, that are data to the model but that its text lists."""
    named = frozenset(_CODE.findall(shape.documentation or ""))
    return named | KEYS.get(shape.name, frozenset()) if len(named) >= 3 else frozenset()


class _Members(Mapping[str, Callable[[], Form]]):
    def __init__(self, shape: Any, sensitive: bool) -> None:
        self._shape, self._sensitive = shape, sensitive

    def __getitem__(self, name: str) -> Callable[[], Form]:
        shape = self._shape.members[name]
        # the name of a secret is none
        return lambda: form_of(shape, self._sensitive and name.lower() not in ("name", "key"))

    def __iter__(self) -> Any:
        return iter(self._shape.members)

    def __len__(self) -> int:
        return len(self._shape.members)


@cache
def _parsed(path: str) -> Any:
    try:
        return jmespath.compile(path).parsed
    except JMESPathError as error:
        raise Unresolved(f"{path!r} is not JMESPath: {error}") from error


def resolve(path: str, form: Form) -> Form:
    """The form of what `path` gives. Raises Unresolved where that can only be null."""
    return form if path == "" else _walk(_parsed(path), form)


def resolve_template(template: str, form: Form) -> Form:
    """The form of a filled template."""
    if template.count("{") != template.count("}") or "{}" in template:
        raise Unresolved(f"{template!r} has a brace too many or too few")
    holes = engine.holes(template)
    found = [resolve(hole, form) for hole in holes]
    if len(holes) == 1 and template == f"{{{holes[0]}}}":
        return found[0]
    for hole, one in zip(holes, found, strict=True):
        if not scalar(one):
            raise Unresolved(f"{hole} in {template!r} is no text")
    return TEXT


def scalar(form: Form) -> bool:
    """Whether the form is, or may be, a scalar."""
    if isinstance(form, Either):
        return any(scalar(one) for one in form.forms)
    return isinstance(form, Scalar | Anything)


def options(form: Form) -> tuple[Form, ...]:
    """The form's alternatives, one if it has none."""
    if isinstance(form, Either):
        return tuple(inner for one in form.forms for inner in options(one))
    return (form,)


def _either(*forms: Form) -> Form:
    flat = [o for form in forms for o in options(form) if not isinstance(o, Nothing)]
    return Either(tuple(flat)) if len(flat) > 1 else flat[0] if flat else NULL


def _each(form: Form, step: Callable[[Form], Form]) -> Form:
    """The step over every alternative; it must succeed over one of them at least."""
    found, failure = [], None
    for one in options(form):
        try:
            found.append(step(one))
        except Unresolved as error:
            failure = error
    if not found:
        raise failure or Unresolved("nothing")
    return _either(*found)


def _field(name: str, form: Form) -> Form:
    if isinstance(form, Anything | Nothing):
        return form
    if isinstance(form, Thing):
        if name in form.members:
            return form.members[name]()
        if form.rest is not None:
            return _field(name, form.rest)
        raise Unresolved(f"{form.name} has no {name}")
    if isinstance(form, Pairs):
        if form.keys and name not in form.keys:
            raise Unresolved(f"{name} is no key of this map")
        return form.of
    raise Unresolved(f".{name} of {'a list' if isinstance(form, Several) else 'a scalar'}")


def _element(form: Form) -> Form:
    if isinstance(form, Several):
        return form.of
    if isinstance(form, Anything | Nothing):
        return form
    raise Unresolved("a projection of what is no list")


def _flat(form: Form) -> Form:
    element = _element(form)
    return Several(_either(*(o.of if isinstance(o, Several) else o for o in options(element))))


def _values(form: Form) -> Form:
    if isinstance(form, Pairs):
        return form.of
    if isinstance(form, Thing) and form.members:
        return _either(*(member() for member in form.members.values()))
    if isinstance(form, Anything):
        return ANY
    raise Unresolved(".* of what is no object")


def _literal(value: Any) -> Form:
    if isinstance(value, bool):
        return TRUTH
    if isinstance(value, int):
        return Scalar("integer")
    if isinstance(value, float):
        return NUMBER
    if isinstance(value, str):
        return TEXT
    if isinstance(value, list):
        return Several(_either(*map(_literal, value)))
    if isinstance(value, dict):
        return Thing("literal", {name: constant(_literal(inner)) for name, inner in value.items()})
    return NULL


def _walk(node: Mapping[str, Any], form: Form) -> Form:
    walk = _WALKERS.get(node["type"])
    if walk is None:
        raise Unresolved(f"{node['type']} is not understood here")
    return walk(node, form)


def _subexpression(node: Mapping[str, Any], form: Form) -> Form:
    for child in node["children"]:
        form = _walk(child, form)
    return form


def _index_expression(node: Mapping[str, Any], form: Form) -> Form:
    left, index = node["children"]
    of = _walk(left, form)
    if index["type"] == "slice":
        return _each(of, lambda one: Several(_element(one)))
    return _each(of, _element)


def _projection(node: Mapping[str, Any], form: Form) -> Form:
    left, right = node["children"]
    return Several(_each(_walk(left, form), lambda one: _walk(right, _element(one))))


def _value_projection(node: Mapping[str, Any], form: Form) -> Form:
    left, right = node["children"]
    inner = _each(_walk(left, form), _values)
    return Several(_each(inner, lambda one: _walk(right, one)))


def _filter(node: Mapping[str, Any], form: Form) -> Form:
    left, right, condition = node["children"]
    element = _each(_walk(left, form), _element)
    _walk(condition, element)
    return Several(_each(element, lambda one: _walk(right, one)))


def _comparator(node: Mapping[str, Any], form: Form) -> Form:
    left, right = node["children"]
    of_left, of_right = _walk(left, form), _walk(right, form)
    for literal, other in ((left, of_right), (right, of_left)):
        values = [one.enum for one in options(other) if isinstance(one, Scalar)]
        if literal["type"] != "literal" or not isinstance(literal["value"], str):
            continue
        if len(values) == len(options(other)):
            _possible(literal["value"], values)
    return TRUTH


def _possible(value: str, known: list[frozenset[str]]) -> None:
    """AWS is not always true to its own models' case (S3's filter names), so case is not looked at."""
    if known and all(known) and value.lower() not in {v.lower() for one in known for v in one}:
        raise Unresolved(f"{value!r} is no value it can have")


def _or(node: Mapping[str, Any], form: Form) -> Form:
    return _either(*(_walk(child, form) for child in node["children"]))


def _and(node: Mapping[str, Any], form: Form) -> Form:
    return [_walk(child, form) for child in node["children"]][-1]


def _not(node: Mapping[str, Any], form: Form) -> Form:
    _walk(node["children"][0], form)
    return TRUTH


_PART = Scalar("string", loose=True)
_RETURNS: Mapping[str, Form] = {
    "starts_with": TRUTH, "ends_with": TRUTH, "contains": TRUTH, "length": Scalar("integer"),
    "join": TEXT, "to_string": TEXT, "type": TEXT, "to_number": NUMBER, "keys": Several(TEXT),
    "sum": NUMBER, "avg": NUMBER, "abs": NUMBER, "ceil": NUMBER, "floor": NUMBER, "last": _PART,
    "split": Several(_PART), "strip": _PART, "trim": _PART, "domain": TEXT, "traffic": TEXT, "pick": _PART,
    "from_items": Pairs(_PART), "mapped": Pairs(_PART), "ended": Several(TEXT),
}  # fmt: skip
_SAME = {"sort", "sort_by", "reverse", "where", "holding"}
_ELEMENT = {"max", "min", "max_by", "min_by"}
_PAIRS = {"pick": ("Key", "Value"), "mapped": ("Key", "Value")}
"""watchbill's own functions over lists of pairs, and the members they read."""


def _constants(**members: Form) -> Thing:
    return Thing("policy", {name: constant(form) for name, form in members.items()})


_TEXTS = Either((TEXT, Several(TEXT)))
_PRINCIPAL = _constants(AWS=_TEXTS, Service=_TEXTS, Federated=_TEXTS, CanonicalUser=_TEXTS)
_OPERATORS = frozenset(
    f"{base}{quantity}"
    for base in ("ArnLike", "ArnEquals", "StringEquals", "StringLike", "StringNotEquals", "Bool")
    for quantity in ("", "IfExists")
)
_CONDITION_KEYS = frozenset(
    {"AWS:SourceArn", "AWS:SourceAccount", "aws:SourceArn", "aws:SourceAccount", "aws:PrincipalOrgID",
     "aws:SecureTransport", "lambda:EventSourceToken", "lambda:FunctionUrlAuthType"}
)  # fmt: skip
POLICY = _constants(
    Version=TEXT, Id=TEXT,
    Statement=Several(_constants(
        Sid=TEXT, Effect=TEXT, Action=_TEXTS, NotAction=_TEXTS, Resource=_TEXTS, NotResource=_TEXTS,
        Principal=Either((_PRINCIPAL, TEXT)), NotPrincipal=Either((_PRINCIPAL, TEXT)),
        Condition=Pairs(Pairs(_TEXTS, _CONDITION_KEYS), _OPERATORS),
    )),
)  # fmt: skip
"""An IAM policy document, for what is read out of its text."""
REPORT = Several(
    _constants(**{
        name: TRUTH if name.endswith(("active", "enabled")) else TEXT for name in (
            "user", "arn", "user_creation_time", "password_enabled", "password_last_used",
            "password_last_changed", "password_next_rotation", "mfa_active",
            *(f"access_key_{n}_{what}" for n in (1, 2) for what in (
                "active", "last_rotated", "last_used_date", "last_used_region", "last_used_service",
            )),
        )
    })
)  # fmt: skip
"""IAM's credential report (IAM User Guide, Getting credential reports)."""


def _last_name(node: Mapping[str, Any]) -> Any:
    return _last_name(node["children"][-1]) if node["children"] else node.get("value")


def _function(node: Mapping[str, Any], form: Form) -> Form:
    name = node["value"]
    spec = engine._Functions.FUNCTION_TABLE.get(name)
    if spec is None:
        raise Unresolved(f"{name}() is no function")
    signature = spec["signature"]
    variadic = bool(signature) and bool(signature[-1].get("variadic"))
    given = node["children"]
    if (len(given) < len(signature)) if variadic else (len(given) != len(signature)):
        raise Unresolved(f"{name}() takes {len(signature)} arguments, not {len(given)}")
    found: list[Form] = []
    for child in given:
        if child["type"] == "expref":
            found.append(ANY)
            _walk(child["children"][0], _each(found[0], _element))
        else:
            found.append(_walk(child, form))
    for one, argument in zip(found, signature, strict=False):
        if argument["types"] and not _accepts(argument["types"], one):
            raise Unresolved(f"{name}() does not take what it is given")
    literals = [child["value"] if child["type"] == "literal" else None for child in given]
    read = (literals[1],) if name == "where" and literals[1] else _PAIRS.get(name, ())
    for member in read:
        of_member = _each(_each(found[0], _element), lambda one, m=member: _field(m, one))  # type: ignore[misc]
        wanted = literals[{"pick": 1, "where": 2}.get(name, 0)]
        if name == "mapped" or member == "Value" or not isinstance(wanted, str):
            continue
        _possible(wanted, [o.enum or o.named for o in options(of_member) if isinstance(o, Scalar)])
    if name == "marked":
        return Several(_each(_each(found[0], _element), lambda one: _marked(one, str(literals[1]))))
    if name in _SAME:
        return found[0]
    if name == "from_json" and "policy" in str(_last_name(given[0])).lower():
        return POLICY
    if name == "credentials":
        return REPORT
    if name in _ELEMENT:
        return _each(found[0], _element)
    if name == "not_null":
        return _either(*found)
    if name == "to_array":
        return found[0] if isinstance(found[0], Several) else Several(found[0])
    return _RETURNS.get(name, ANY)


def _marked(form: Form, name: str) -> Form:
    return form.having(**{name: TEXT}) if isinstance(form, Thing) else form


def _accepts(types: list[str], form: Form) -> bool:
    names = (
        {"string"} if isinstance(form, Scalar) and form.kind in ("string", "timestamp") else set()
    )
    if isinstance(form, Scalar) and form.kind in ("integer", "float"):
        names = {"number"}
    elif isinstance(form, Scalar) and form.kind == "boolean":
        names = {"boolean"}
    elif isinstance(form, Several):
        names = {"array"}
    elif isinstance(form, Thing | Pairs):
        names = {"object"}
    elif isinstance(form, Nothing):
        names = {"null"}
    elif isinstance(form, Anything):
        return True
    elif isinstance(form, Either):
        return any(_accepts(types, one) for one in form.forms)
    return any(wanted.partition("-")[0] in names for wanted in types)


_WALKERS: Mapping[str, Callable[[Mapping[str, Any], Form], Form]] = {
    "field": lambda node, form: _each(form, lambda one: _field(node["value"], one)),
    "subexpression": _subexpression,
    "pipe": _subexpression,
    "index_expression": _index_expression,
    "projection": _projection,
    "flatten": lambda node, form: _each(_walk(node["children"][0], form), _flat),
    "value_projection": _value_projection,
    "filter_projection": _filter,
    "comparator": _comparator,
    "or_expression": _or,
    "and_expression": _and,
    "not_expression": _not,
    "function_expression": _function,
    "literal": lambda node, form: _literal(node["value"]),
    "multi_select_list": lambda node, form: Several(_or(node, form)),
    "multi_select_dict": lambda node, form: Thing(
        "object",
        {pair["value"]: constant(_walk(pair["children"][0], form)) for pair in node["children"]},
    ),
    "current": lambda node, form: form,
    "identity": lambda node, form: form,
}
