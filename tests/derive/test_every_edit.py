"""For each compared attribute of each type: an edit is found, and another spelling of the same is not.

The values come from the catalog: one of each kind is declared, AWS has the same, then it is edited, and then
it is written otherwise (order, case, spacing, text for number, ARN for name). `compare` itself is asked.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from scanner.catalog import Attribute, load
from scanner.catalog.group_rules import flatten
from scanner.catalog.path import words
from scanner.catalog.shape import UNDECLARED
from scanner.catalog.shape import actual as stored
from scanner.catalog.shape import declared as declared_value
from scanner.derive.compare import compare
from scanner.derive.matching import Match
from scanner.secrets import PREFIX

from .made import actual, declared

ARN = "arn:aws:svc:eu-west-1:123456789012:thing/"
POLICY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "one", "Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"},
        {"Effect": "Allow", "Action": "sqs:*", "Resource": "*",
         "Principal": {"AWS": "arn:aws:iam::123456789012:root"}},
    ],
}  # fmt: skip
SPELT: dict[str, Any] = {
    "Statement": [
        {"Resource": ["*"], "Principal": {"AWS": ["123456789012"]}, "Action": ["SQS:*"], "Effect": "Allow"},
        {"Effect": "Allow", "Resource": ["*"], "Action": ["s3:ListBucket", "s3:getobject"], "Sid": "2"},
    ],
    "Version": "2012-10-17",
}  # fmt: skip
WIDER: dict[str, Any] = {
    **POLICY, "Statement": [*POLICY["Statement"], {"Effect": "Allow", "Action": "*", "Resource": "*"}],
}  # fmt: skip
RULES = [
    {
        "protocol": "tcp",
        "from_port": 22,
        "to_port": 22,
        "cidr_blocks": ["10.0.0.0/8", "10.1.0.0/16"],
    }
]
PERMISSION = {"IpProtocol": "6", "FromPort": 22, "ToPort": 22}
HELD = [{**PERMISSION, "IpRanges": [{"CidrIp": "10.1.0.0/16"}, {"CidrIp": "10.0.0.0/8"}]}]

Values = tuple[Any, list[Any], list[Any]]
"""A declared value, the same written otherwise, and other values."""

OF_KIND: Mapping[str, Values] = {
    "str": ("7", [7, 7.0], ["8", None, ""]),
    "int": (7, ["7", 7.0], [8, None, 0]),
    "float": (7.5, ["7.5"], [8, None]),
    "bool": (True, ["true", "Enabled"], [False, None, "Suspended"]),
    "set": (["b", "a"], [["a", "b"], ["b", "a", "b"]], [["a"], ["a", "b", "c"], [], None]),
    "list": (["b", "a"], [("b", "a")], [["a", "b"], ["b"], None]),
    "map": ({"k": "v", "l": 1}, [{"l": "1", "k": "v"}], [{"k": "w", "l": "1"}, {"k": "v"}, None]),
    "policy": (json.dumps(POLICY), [SPELT, json.dumps(SPELT, indent=2)], [WIDER, json.dumps(WIDER), None]),
    "json": ('{"a": [1, 2], "b": 1}', [{"b": 1.0, "a": [1, 2]}, '{"b":1,"a":[1,2]}'],
             ['{"a": [2, 1], "b": 1}', '{"a": [1, 2]}', None]),
    "time": ("2026-01-02T03:04:05Z", ["2026-01-02T04:04:05+01:00", 1767323045],
             ["2026-01-02T03:04:06Z", None]),
    "lower": ("Some.Name", ["some.name", "some.name."], ["other", None]),
    "arn_or_name": (f"{ARN}one", ["one", "alias/one"], [f"{ARN}two", None]),
    "arns_or_names": ([f"{ARN}one", "two"], [["two", "one"]], [["one"], ["one", "two", "three"], None]),
    "protocol": ("tcp", ["6", "TCP"], ["udp", "-1", None]),
    "raw": ({"a": [1], "b": 2}, [{"b": 2, "a": [1]}], [{"a": [1]}, None]),
}  # fmt: skip


def hide(value: str) -> str:
    return PREFIX + hashlib.sha256(value.encode()).hexdigest()


def plain(attribute: Attribute, name: str) -> Attribute:
    """The attribute as it were if AWS named and nested its members as Terraform does."""
    of = {inner: plain(each, inner) for inner, each in attribute.of.items()}
    return replace(attribute, path=name, default=None, of=of)


def values(attribute: Attribute) -> Values:
    """What is declared of an attribute, spelt otherwise, and edited: each member of a block in turn."""
    if attribute.kind not in ("block", "blocks"):
        return OF_KIND[attribute.kind]
    made = {name: values(inner) for name, inner in attribute.of.items()}
    whole = {name: value for name, (value, _, _) in made.items()}
    spelt = {name: others[0] if others else value for name, (value, others, _) in made.items()}
    edits = [
        {**whole, name: other}
        for name, (_, _, others) in made.items()
        for other in others
        if not attribute.of[name].declared
    ]
    if attribute.kind == "block":
        return [whole], [[spelt], spelt], [[edit] for edit in edits] + [[], None, [whole, whole]]
    # a second one, so that order can be told from content
    name = next(iter(made))
    second = {**whole, name: made[name][2][0]}
    others = [[second, edit] for edit in edits if edit != second]
    return [whole, second], [[second, spelt]], [*others, [whole], []]


def satisfying(condition: str) -> dict[str, Any]:
    """Declared attributes under which a condition of a type holds."""
    made: dict[str, Any] = {}
    for name, literal in re.findall(r"(\w+) == '([^']+)'", condition):
        made.setdefault(name, literal)
    if re.fullmatch(r"\w+", condition):
        made[condition] = True
    for name, prefix in re.findall(r"starts_with\((\w+) [^']*'[^']*', '([^']+)'\)", condition):
        made.setdefault(name, prefix)
    return made


Case = tuple[str, str]
CASES: list[Case] = [
    (name, attribute) for name, kind in load().items() for attribute in kind.attributes
]


def stated(type_: str, name: str) -> tuple[dict[str, Any], Any] | None:
    """Declared attributes that declare `name`, and the value that is compared; None where none is made."""
    attribute = load()[type_].attributes[name]
    if attribute.kind == "rules":
        return {name: RULES}, flatten(HELD)
    base = satisfying(attribute.when)
    value = values(attribute)[0]
    trials: list[dict[str, Any]] = [{**base, name: value}, {name: value}, base]
    if attribute.declared:
        roots = words(attribute.declared)
        forms = ("alpha", ["alpha"], True, [{"alpha": "x"}])
        trials.extend({**base, **dict.fromkeys(roots, one)} for one in forms)
    for trial in trials:
        try:
            wanted = declared_value(name, attribute, trial, hide)
        except ValueError:
            continue
        if wanted is not UNDECLARED and verdict(type_, name, trial, wanted, attribute) == "in_sync":
            return trial, wanted
    return None


def verdict(
    type_: str, name: str, attributes: Mapping[str, Any], has: Any, attribute: Attribute
) -> str:
    """What `compare` says of one attribute where AWS has `has`."""
    row = actual(type_, "x", attributes={name: has})
    instance = declared(type_, "x")
    instance.packed = msgspec.json.encode({"id": "x", **attributes})
    match = Match(instance, type_, row.account, row.region, "x", resource=row)
    return next((c.verdict for c in compare([match], hide) if c.attribute == name), "not compared")


def raw(attribute: Attribute, name: str, value: Any) -> Any:
    """What is stored where AWS answers `value`."""
    if attribute.kind == "rules":
        return flatten(value)
    return stored(plain(attribute, name), {name: value}, hide)


UNTRIED: Mapping[Case, str] = dict.fromkeys(
    [("aws_wafv2_web_acl", "rule"), ("aws_wafv2_rule_group", "rule")],
    "their statements are rewritten by the catalog before they are compared; the recorded worlds edit them",
)
"""Attributes for which no declaration can be made up, and why."""

ELSEWHERE = 11
"""Members of blocks that are declared in another block than AWS answers: the recorded worlds edit them."""


def edits(attribute: Attribute, declared_is: Any, wanted: Any) -> Iterator[tuple[bool, Any]]:
    """(whether it is an edit, what AWS answers) for a declared value."""
    del wanted
    if attribute.kind == "rules":
        yield False, HELD
        yield True, []
        yield True, [*HELD, {**PERMISSION, "ToPort": 23, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        return
    _, same, others = values(attribute)
    yield False, declared_is
    for value in same:
        yield False, value
    for value in others:
        more = attribute.within and set(value or ()) >= set(_as_list(declared_is))
        untold = value in (None, "", [])
        if attribute.kind == "blocks":
            untold = all(each in declared_is for each in value or ())
        fewer = attribute.lacks and untold
        yield not (more or fewer), value


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.fixture(scope="module")
def tried() -> dict[Case, str]:
    """Every compared attribute to what went wrong with it, `` where nothing did."""
    return {case: _try(*case) for case in CASES}


def _try(type_: str, name: str) -> str:
    attribute = load()[type_].attributes[name]
    found = stated(type_, name)
    if found is None:
        return "no declaration could be made up"
    attributes, wanted = found
    whole = attributes.get(name) == (RULES if attribute.kind == "rules" else values(attribute)[0])
    if attribute.declared or not whole:
        # declared in another form than AWS answers: at least one other value must show
        for other in values(attribute)[2]:
            given = raw(attribute, name, other)
            if verdict(type_, name, attributes, given, attribute) == "changed":
                return ""
        return "another value does not show"
    for edited, value in edits(attribute, attributes[name], wanted):
        made = verdict(type_, name, attributes, raw(attribute, name, value), attribute)
        if made != ("changed" if edited else "in_sync"):
            return f"{value!r} is {made}"
    return ""


def test_every_edit_of_every_attribute_is_found_and_no_other_spelling_is(
    tried: dict[Case, str], capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {case: says for case, says in tried.items() if says}
    with capsys.disabled():
        print(f"\n{len(tried) - len(wrong)} of {len(tried)} compared attributes of {len(load())} types "
              "were edited, found, respelt and let be")  # fmt: skip
    assert {case: says for case, says in wrong.items() if case not in UNTRIED} == {}
    assert not set(UNTRIED) - set(wrong), "these are no exceptions any more"
    assert len(tried) > 1000


def test_few_members_are_left_to_the_recorded_worlds() -> None:
    def moved(attribute: Attribute) -> int:
        return sum(bool(inner.declared) + moved(inner) for inner in attribute.of.values())

    assert sum(moved(load()[type_].attributes[name]) for type_, name in CASES) <= ELSEWHERE


def test_the_kinds_are_all_there() -> None:
    from scanner.catalog.kinds import KINDS

    assert set(OF_KIND) == set(KINDS)
