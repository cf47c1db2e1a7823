"""State version 3: the same instances that Terraform makes of it when it upgrades it to version 4."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.declared import Declared, State
from scanner.declared.flatmap import UNKNOWN, unfold
from scanner.declared.terraform import parse
from scanner.errors import StateError

ELEVEN = Path(__file__).parent / "eleven"
"""old.tfstate as 0.11 writes it, and what `terraform state pull` of Terraform 1.11.4 makes of it."""


def three(*modules: dict[str, Any], **more: Any) -> bytes:
    """A whole state of version 3."""
    document = {
        "version": 3, "terraform_version": "0.11.14", "serial": 2, "lineage": "old",
        "modules": list(modules) or [module()], **more,
    }  # fmt: skip
    return json.dumps(document).encode()


def module(*path: str, **resources: Any) -> dict[str, Any]:
    return {"path": ["root", *path], "outputs": {}, "resources": resources, "depends_on": []}


def one(id_: str = "x", /, **more: Any) -> dict[str, Any]:
    """A resource entry with one primary."""
    return {"type": "t", "primary": {"id": id_, "attributes": {"id": id_}}, "provider": "", **more}


def read(*modules: dict[str, Any], **more: Any) -> State:
    return parse("old.tfstate", three(*modules, **more))


def by_address(state: State) -> dict[tuple[str, str], Declared]:
    return {(found.address, found.deposed): found for found in state.instances}


def test_it_is_what_terraform_itself_makes_of_it() -> None:
    ours = parse("a", (ELEVEN / "old.tfstate").read_bytes())
    terraforms = parse("a", (ELEVEN / "upgraded.json").read_bytes())
    assert (ours.serial, ours.lineage) == (terraforms.serial, terraforms.lineage)
    mine, its = by_address(ours), by_address(terraforms)
    assert mine.keys() == its.keys()
    for key, found in mine.items():
        assert found.attributes == its[key].attributes, key
        assert (found.type, found.tainted) == (its[key].type, its[key].tainted)
        short = its[key].provider.replace('provider["registry.terraform.io/-/', "provider.")
        assert found.provider == short.replace('"]', "")


def test_addresses_are_in_todays_form() -> None:
    state = parse("a", (ELEVEN / "old.tfstate").read_bytes())
    assert [(i.address, i.deposed, i.tainted) for i in state.instances][:3] == [
        ("aws_instance.web[0]", "", True),
        ("aws_instance.web[0]", "00000001", False),
        ("aws_instance.web[0]", "00000002", True),
    ]
    assert "module.net.module.sub.aws_vpc.main" in {i.address for i in state.instances}
    assert not [i for i in state.instances if "ami" in i.type], "data sources are left out"


def test_the_id_stands_in_where_the_attributes_lack_it() -> None:
    state = parse("a", (ELEVEN / "old.tfstate").read_bytes())
    ids = {i.address: i.id for i in state.instances if not i.deposed}
    assert ids["module.net.module.sub.aws_vpc.main"] == "vpc-0a1"
    assert ids["module.net.module.sub.aws_subnet.a"] == "subnet-1"


def test_a_state_that_declares_nothing_is_whole() -> None:
    assert (read().status, read().instances) == ("ok", ())
    assert read(module()).serial == 2
    hollow = {"path": ["root"], "resources": None}
    assert read(hollow).instances == ()


@pytest.mark.parametrize(
    ("flat", "whole"),
    [
        ({}, {}),
        ({"a": "1", "b": ""}, {"a": "1", "b": ""}),
        ({"a.#": "0"}, {"a": []}),
        ({"a.%": "0"}, {"a": {}}),
        ({"a.#": "2", "a.0": "x", "a.1": "y"}, {"a": ["x", "y"]}),
        (
            {"a.#": "11", **{f"a.{n}": str(n) for n in range(11)}},
            {"a": [str(n) for n in range(11)]},
        ),
        ({"a.#": "2", "a.900": "y", "a.17": "x"}, {"a": ["x", "y"]}),
        ({"a.#": "1", "a.~123": "x"}, {"a": ["x"]}),
        ({"a.%": "2", "a.k": "v", "a.k.l.m": "w"}, {"a": {"k": "v", "k.l.m": "w"}}),
        ({"a.%": "1", "a.#": "0", "a.k": "v"}, {"a": {"k": "v"}}),
        ({"a.#": "1", "a.Name": "v"}, {"a": {"Name": "v"}}),
        (
            {"a.#": "1", "a.5.b": "1", "a.5.c.#": "1", "a.5.c.0": "z"},
            {"a": [{"b": "1", "c": ["z"]}]},
        ),
        ({"a.#": "1", "a.5.t.%": "1", "a.5.t.x.y": "z"}, {"a": [{"t": {"x.y": "z"}}]}),
        ({"a.#": "1"}, {"a": [{}]}),
        ({"a.#": "1000000000", "a.0": "x"}, {"a": ["x"]}),
        ({"a.#": "many", "a.0": "x"}, {"a": ["x"]}),
        ({"timeouts.create": "5m"}, {"timeouts": {"create": "5m"}}),
        ({"a": UNKNOWN, "b.#": UNKNOWN, "c.%": UNKNOWN}, {"a": None, "b": None, "c": None}),
        ({"a": "x", "a.#": "1", "a.0": "y"}, {"a": ["y"]}),
    ],
)
def test_flat_attributes_become_nested_ones(flat: dict[str, str], whole: dict[str, Any]) -> None:
    assert unfold(flat) == whole


LEAF = st.text(st.characters(exclude_characters=".", exclude_categories=["Cs"]), max_size=4)
WORD = st.from_regex(r"[a-z_]{1,6}", fullmatch=True)
MAPS = st.dictionaries(
    st.text(max_size=5).filter(lambda key: key not in ("%", "#")), LEAF, max_size=4
)
VALUES = st.recursive(
    LEAF | MAPS.map(lambda found: {"%": found}),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(WORD, inner, min_size=1, max_size=3)
    ),
    max_leaves=12,
)


def flatten(prefix: str, value: Any, out: dict[str, str]) -> None:
    """As flatmap writes it; a map stands here as {"%": map}, an object as a dict."""
    if isinstance(value, dict) and "%" in value:
        out[f"{prefix}.%"] = str(len(value["%"]))
        out |= {f"{prefix}.{key}": leaf for key, leaf in value["%"].items()}
    elif isinstance(value, dict):
        for key, inner in value.items():
            flatten(f"{prefix}.{key}", inner, out)
    elif isinstance(value, list):
        out[f"{prefix}.#"] = str(len(value))
        for number, inner in enumerate(value):
            flatten(f"{prefix}.{number}", inner, out)
    else:
        out[prefix] = value


def bare(value: Any) -> Any:
    if isinstance(value, dict):
        return bare(value["%"]) if "%" in value else {k: bare(v) for k, v in value.items()}
    return [bare(inner) for inner in value] if isinstance(value, list) else value


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(WORD, VALUES, max_size=4))
def test_what_was_flattened_is_unfolded_again(values: dict[str, Any]) -> None:
    out: dict[str, str] = {}
    for name, value in values.items():
        flatten(name, value, out)
    assert unfold(out) == {name: bare(value) for name, value in values.items()}


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text("ab.#%01~", max_size=9), st.text("01x", max_size=2), max_size=12))
def test_no_flat_attributes_break_it(flat: dict[str, str]) -> None:
    assert isinstance(unfold(flat), dict)


def test_a_name_of_a_hundred_thousand_steps_is_no_tower() -> None:
    began = time.monotonic()
    assert list(unfold({".".join("a" * 100_000): "x"})) == ["a"]
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "key", ["aws_x", "aws_x.n.m", "aws_x.n.01", "aws_x.n.-1", "aws_x.n.0.1", "1.n", ".."]
)
def test_a_resource_that_no_terraform_names_so_is_refused(key: str) -> None:
    with pytest.raises(StateError, match="none that Terraform writes") as caught:
        read(module(**{key: one()}))
    assert caught.value.kind == "malformed"


@pytest.mark.parametrize("path", [[], ["main"], ["root", "a b"], ["root", ""], ["root", "a.b"]])
def test_a_module_that_no_terraform_names_so_is_refused(path: list[str]) -> None:
    with pytest.raises(StateError, match="module path"):
        read({"path": path, "resources": {}})


@pytest.mark.parametrize(
    "broken",
    [
        {"modules": None}, {"modules": {}}, {"modules": [{"resources": {}}]}, {"serial": "2"},
        {"modules": [{"path": ["root"], "resources": []}]},
        {"modules": [module(**{"aws_x.n": {"primary": {"attributes": {"id": 5}}}})]},
        {"modules": [module(**{"aws_x.n": {"primary": {"attributes": []}}})]},
        {"modules": [module(**{"aws_x.n": {"primary": {"tainted": "yes"}}})]},
    ],
)  # fmt: skip
def test_what_is_not_whole_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(StateError, match="not a whole") as caught:
        read(**broken)
    assert caught.value.kind == "malformed"


def test_a_state_without_modules_is_not_an_empty_one() -> None:
    with pytest.raises(StateError, match="not a whole"):
        parse("old.tfstate", b'{"version": 3, "serial": 1, "resources": []}')


def test_terraforms_note_of_where_the_state_is_is_not_taken_for_it() -> None:
    with pytest.raises(StateError, match="only says where the state is") as caught:
        read(backend={"type": "s3", "config": {"bucket": "b", "secret_key": "CANARY"}})
    assert caught.value.kind == "unsupported"
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize(("version", "next_step"), [
    (1, "terraform state pull"), (2, "terraform state pull"), (5, "a newer watchbill"),
    (0, "a newer watchbill"), (99, "a newer watchbill"), ("3", "whole number"), (3.0, "whole number"),
])  # fmt: skip
def test_other_versions_are_told_apart_with_the_next_step(version: Any, next_step: str) -> None:
    with pytest.raises(StateError, match=f"state version {version!r} is not supported") as caught:
        read(version=version)
    assert caught.value.kind == "unsupported"
    assert next_step in caught.value.hint


def test_names_that_hold_secrets_are_known_without_marks() -> None:
    db = {"id": "d", "password": "p", "username": "u", "tags.%": "1", "tags.password": "t"}
    broker = {"id": "b", "user.#": "1", "user.77.password": "p", "user.77.username": "u"}
    empty = {"id": "e", "password": ""}
    parameter = {"id": "s", "value": "v", "name": "n"}
    found = read(module(**{
        "aws_db_instance.d": {"primary": {"attributes": db}},
        "aws_mq_broker.b": {"primary": {"attributes": broker}},
        "aws_db_instance.e": {"primary": {"attributes": empty}},
        "aws_ssm_parameter.s": {"primary": {"attributes": parameter}},
        "aws_route53_record.s": {"primary": {"attributes": parameter}},
    })).instances  # fmt: skip
    assert {i.id: set(i.sensitive) for i in found[:4]} == {
        "d": {"password"}, "b": {"user"}, "e": set(), "s": {"value"},
    }  # fmt: skip
    assert found[4].sensitive == frozenset()
