"""From raw items and declared attributes to one form, and when the two differ."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.catalog.shape import UNDECLARED, actual, declared, differs
from scanner.catalog.spec import Attribute


def hide(value: str) -> str:
    return f"hash of {len(value)}"


STR = Attribute(kind="str", path="Name")
BLOCK = Attribute(
    kind="block",
    path="Config",
    of={
        "size": Attribute(kind="int", path="Size"),
        "mode": Attribute(kind="str", path="Mode", default="auto"),
        "inner": Attribute(
            kind="block", path="Inner", of={"on": Attribute(kind="bool", path="Status")}
        ),
    },
)
BLOCKS = Attribute(kind="blocks", path="Rules", of={
    "port": Attribute(kind="int", path="Port"), "text": Attribute(kind="str", path="Text"),
})  # fmt: skip


def compare(attribute: Attribute, item: Any, wanted: Any, name: str = "x") -> bool:
    made = declared(name, attribute, {name: wanted}, hide)
    assert made is not UNDECLARED
    return differs(attribute, made, actual(attribute, item, hide))


def test_a_default_is_what_aws_means_when_it_says_nothing() -> None:
    attribute = Attribute(kind="str", path="Status", default="Disabled")
    assert actual(attribute, {}, hide) == "Disabled"
    assert actual(attribute, {"Status": None}, hide) == "Disabled"
    assert actual(attribute, {"Status": "Enabled"}, hide) == "Enabled"
    assert declared("Status", attribute, {"Status": ""}, hide) == "Disabled", "a refresh wrote it"
    number = Attribute(kind="int", path="N", default=5)
    assert actual(number, {"N": 0}, hide) == 0


def test_an_attribute_that_the_state_leaves_null_is_nobodys_wish() -> None:
    assert declared("x", STR, {"x": None}, hide) is UNDECLARED
    assert declared("x", STR, {}, hide) is UNDECLARED
    assert declared("x", STR, {"x": ""}, hide) is None
    assert (
        declared("y", Attribute(kind="str", path="", declared="x[0].z"), {"x": [{"z": "v"}]}, hide)
        == "v"
    )


@pytest.mark.parametrize("empty", [None, "", 0, False])
def test_unset_empty_zero_and_false_do_not_differ(empty: Any) -> None:
    assert not differs(STR, empty, None)
    assert not differs(STR, None, empty)
    assert differs(STR, empty, "a")


def test_only_members_that_were_declared_are_compared() -> None:
    item = {"Config": {"Size": 5, "Mode": "manual", "Inner": {"Status": "Enabled"}}}
    assert not compare(BLOCK, item, [{"size": 5, "mode": None, "inner": None}])
    assert not compare(BLOCK, item, [{"size": 5, "mode": "manual", "inner": [{"on": True}]}])
    assert compare(BLOCK, item, [{"size": 6}])
    assert compare(BLOCK, item, [{"size": 5, "inner": [{"on": False}]}])
    # a default inside a block is AWS's word too
    assert not compare(BLOCK, {"Config": {"Size": 5}}, [{"size": 5, "mode": "auto"}])
    assert compare(BLOCK, {"Config": {"Size": 5}}, [{"size": 5, "mode": "manual"}])


def test_a_block_that_is_there_on_one_side_only_differs() -> None:
    assert compare(BLOCK, {}, [{"size": 5}])
    assert compare(BLOCK, {"Config": {"Size": 5}}, [])
    assert not compare(BLOCK, {}, [])
    assert not compare(BLOCK, {"Config": {"Size": 0, "Mode": ""}}, [])


def test_blocks_have_no_order_and_a_block_has() -> None:
    rules = {"Rules": [{"Port": 1, "Text": "a"}, {"Port": 2, "Text": "b"}]}
    one, two = {"port": 1, "text": "a"}, {"port": 2, "text": "b"}
    assert not compare(BLOCKS, rules, [two, one])
    assert compare(BLOCKS, rules, [two, {"port": 1, "text": "c"}])
    assert compare(BLOCKS, rules, [one])
    assert compare(BLOCKS, rules, [one, one])
    ordered = Attribute(kind="block", path="Rules", of=BLOCKS.of)
    assert compare(ordered, rules, [two, one])
    assert not compare(ordered, rules, [one, two])


def test_blocks_are_kept_in_one_order_whatever_aws_gives() -> None:
    rules = [{"Port": 2, "Text": "b"}, {"Port": 1, "Text": "a"}, {"Port": 1}]
    kept = actual(BLOCKS, {"Rules": rules}, hide)
    assert kept == actual(BLOCKS, {"Rules": rules[::-1]}, hide)
    ordered = Attribute(kind="block", path="Rules", of=BLOCKS.of)
    assert [block["port"] for block in actual(ordered, {"Rules": rules}, hide)] == [2, 1, 1]


def test_of_blocks_that_aws_leaves_out_only_others_and_other_values_differ() -> None:
    names = {n: Attribute(kind="str", path=n.title()) for n in ("name", "value")}
    settings = Attribute(kind="blocks", path="Settings", of=names, lacks=True)

    def other(declared_as: dict[str, str], found: dict[str, str]) -> bool:
        item = {"Settings": [{"Name": n, "Value": v} for n, v in found.items()]}
        return compare(settings, item, [{"name": n, "value": v} for n, v in declared_as.items()])

    assert not other({"a": "1", "b": "2"}, {"b": "2", "a": "1"})
    assert not other({"a": "1", "at its default": "2"}, {"a": "1"})
    assert not other({"at its default": "2"}, {})
    assert other({"a": "1", "at its default": "2"}, {"a": "3"})
    assert other({"a": "1"}, {"a": "1", "set by hand": "2"})
    assert other({"at its default": "2"}, {"set by hand": "2"})
    percent = Attribute(kind="int", path="Percent", lacks=True)
    assert [compare(percent, item, 50) for item in ({}, {"Percent": 50})] == [False, False]
    assert [compare(percent, {"Percent": n}, 50) for n in (0, 99)] == [True, True]


def test_blocks_are_compared_by_the_members_that_all_of_them_declare() -> None:
    rules = {"Rules": [{"Port": 2, "Text": "b"}, {"Port": 1, "Text": "a"}]}
    assert not compare(BLOCKS, rules, [{"port": 1}, {"port": 2}])
    assert compare(BLOCKS, rules, [{"port": 1}, {"port": 3}])


def test_a_secret_is_kept_as_a_hash_on_both_sides_and_still_compared() -> None:
    attribute = Attribute(kind="str", path="Password", secret=True)
    kept = actual(attribute, {"Password": "hunter2"}, hide)
    assert kept == "hash of 7"
    assert not compare(attribute, {"Password": "hunter2"}, "hunter2")
    assert compare(attribute, {"Password": "hunter2"}, "hunter22")
    assert actual(attribute, {}, hide) is None
    structured = Attribute(kind="json", path="Doc", secret=True)
    assert "key" not in str(actual(structured, {"Doc": '{"key": "value"}'}, hide))


def test_environment_variables_keep_their_names_and_hide_their_values() -> None:
    attribute = Attribute(kind="map", path="Env", keys=True)
    kept = actual(attribute, {"Env": {"TOKEN": "hunter2"}}, hide)
    assert kept == {"TOKEN": "hash of 7"}
    assert not compare(attribute, {"Env": {"TOKEN": "hunter2"}}, {"TOKEN": "hunter2"})
    assert compare(attribute, {"Env": {"TOKEN": "hunter2"}}, {"OTHER": "hunter2"})


@pytest.mark.parametrize(
    ("attribute", "item"),
    [
        (Attribute(kind="int", path="N"), {"N": "many"}),
        (Attribute(kind="policy", path="P"), {"P": "not json"}),
        (Attribute(kind="map", path="M"), {"M": "text"}),
        (BLOCK, {"Config": {"Size": "many"}}),
    ],
)
def test_a_value_of_another_kind_is_a_value_error(attribute: Attribute, item: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - every kind has its own words
        actual(attribute, item, hide)


@pytest.mark.parametrize("wrong", ["text", ["text"], [[{"size": 1}]], 5])
def test_a_declared_block_that_is_none_is_a_value_error(wrong: Any) -> None:
    with pytest.raises(ValueError, match="not a block"):
        declared("x", BLOCK, {"x": wrong}, hide)
