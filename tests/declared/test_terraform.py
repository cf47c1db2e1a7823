"""What a state declares: every managed instance at Terraform's own address, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.declared.terraform import State, parse

from .states import AWS, instance, resource, state


def read(*resources: dict[str, Any], **more: Any) -> State:
    return parse("a.tfstate", state(*resources, **more))


def addresses(*resources: dict[str, Any]) -> list[str]:
    return [found.address for found in read(*resources).instances]


def test_an_instance_has_its_type_provider_and_attributes() -> None:
    attributes = {"id": "q", "arn": "arn:aws:sqs:eu-west-1:123456789012:q", "delay_seconds": 5}
    made = read(resource("aws_sqs_queue", "q", instance(attributes=attributes)), serial=7)
    assert (made.status, made.serial, made.terraform_version) == ("ok", 7, "1.11.4")
    assert len(made.digest) == 64
    (found,) = made.instances
    assert found.attributes == attributes
    assert (found.type, found.provider, found.source) == ("aws_sqs_queue", AWS, "a.tfstate")
    assert (found.id, found.arn) == ("q", attributes["arn"])
    assert not found.tainted
    assert found.deposed == ""


@pytest.mark.parametrize(
    ("index", "address"),
    [
        (None, "aws_x.n"),
        (0, "aws_x.n[0]"),
        (12, "aws_x.n[12]"),
        ("a", 'aws_x.n["a"]'),
        ("", 'aws_x.n[""]'),
        ("a.b", 'aws_x.n["a.b"]'),
        ("a[0]", 'aws_x.n["a[0]"]'),
        ('say "hi"', r'aws_x.n["say \"hi\""]'),
        ("back\\slash", r'aws_x.n["back\\slash"]'),
        ("tab\tline\n", r'aws_x.n["tab\tline\n"]'),
        # as internal/addrs/instance_key.go writes keys: HCL, not JSON
        ("zürich", 'aws_x.n["zürich"]'),
        ("${a}", 'aws_x.n["$${a}"]'),
        ("%{a}", 'aws_x.n["%%{a}"]'),
        ("$a", 'aws_x.n["$a"]'),
        ("\x01", r'aws_x.n["\u0001"]'),
        ("\U0001f600", 'aws_x.n["\U0001f600"]'),
    ],
)
def test_the_address_of_an_instance_is_terraforms(index: Any, address: str) -> None:
    made = instance() if index is None else instance(index_key=index)
    assert addresses(resource("aws_x", "n", made)) == [address]


@pytest.mark.parametrize("module", ["module.a", 'module.a["x.y[0]"].module.b', "module.a[3]"])
def test_a_module_stands_before_the_address(module: str) -> None:
    assert addresses(resource("aws_x", "n", instance(), module=module)) == [f"{module}.aws_x.n"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text() | st.integers(0, 99), max_size=6, unique=True))
def test_different_keys_have_different_addresses(keys: list[Any]) -> None:
    keys = [key for key in keys if not (isinstance(key, str) and _lone(key))]
    made = addresses(resource("aws_x", "n", *(instance(index_key=key) for key in keys)))
    assert len(set(made)) == len(keys)


def _lone(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def test_data_sources_are_left_out_and_other_providers_are_not() -> None:
    made = addresses(
        resource("aws_ami", "a", instance(), mode="data"),
        resource(
            "random_id", "r", instance(), provider='provider["registry.terraform.io/h/random"]'
        ),
        resource("aws_x", "n", instance()),
    )
    assert made == ["random_id.r", "aws_x.n"]


def test_leftovers_and_tainted_instances_are_kept_and_marked() -> None:
    made = read(
        resource("aws_x", "n", instance(status="tainted"), instance(deposed="1a2b3c4d")),
        resource("aws_x", "m", instance(deposed="5e6f7a8b"), instance(deposed="00000000")),
    )
    assert [(i.address, i.tainted, i.deposed) for i in made.instances] == [
        ("aws_x.n", True, ""),
        ("aws_x.n", False, "1a2b3c4d"),
        ("aws_x.m", False, "5e6f7a8b"),
        ("aws_x.m", False, "00000000"),
    ]


def step(name: Any, kind: str = "get_attr") -> dict[str, Any]:
    return {"type": kind, "value": name}


@pytest.mark.parametrize(
    ("paths", "marked"),
    [
        ([], set()),
        ([[step("password")]], {"password"}),
        ([[step("password")], [step("user_data")]], {"password", "user_data"}),
        # what lies below a secret path is not looked at either
        ([[step("env"), step({"value": 0, "type": "number"}, "index"), step("value")]], {"env"}),
        ([[]], set()),
        ([step("password")], {"password"}),
        (["text", 5, None, [5], [{"value": 5}], [{}]], set()),
    ],
)
def test_secret_attributes_are_marked_by_their_first_step(paths: Any, marked: set[str]) -> None:
    (found,) = read(resource("aws_x", "n", instance(sensitive_attributes=paths))).instances
    assert found.sensitive == marked


def test_secrets_are_not_in_what_a_traceback_would_show() -> None:
    made = read(resource("aws_x", "n", instance(attributes={"id": "x", "password": "hunter2"})))
    assert "hunter2" not in repr(made)


def test_old_flat_attributes_are_read() -> None:
    flat = {"schema_version": 0, "attributes_flat": {"id": "x", "name": "n"}}
    (found,) = read(resource("aws_x", "n", flat)).instances
    assert found.attributes == {"id": "x", "name": "n"}


def test_an_instance_without_attributes_has_none() -> None:
    (found,) = read(resource("aws_x", "n", {"schema_version": 0})).instances
    assert found.attributes == {}
    assert found.id == found.arn == ""


def test_a_state_that_declares_nothing_is_whole() -> None:
    made = read()
    assert (made.status, made.instances) == ("ok", ())


def test_a_byte_order_mark_is_passed_over() -> None:
    made = parse("a.tfstate", b"\xef\xbb\xbf" + state(resource("aws_x", "n", instance())))
    assert len(made.instances) == 1


@pytest.mark.parametrize("newline", ["\n", "\r\n", ""])
def test_how_the_file_is_laid_out_means_nothing(newline: str) -> None:
    text = state(resource("aws_x", "n", instance())).decode().replace("\n", newline)
    assert len(parse("a.tfstate", text.encode()).instances) == 1


def test_fields_of_newer_versions_are_passed_over() -> None:
    document = json.loads(state(resource("aws_x", "n", instance(identity={"a": 1}))))
    document["something_new"] = {"a": []}
    assert len(parse("a.tfstate", json.dumps(document).encode()).instances) == 1


@pytest.mark.parametrize("number", [2**53 + 1, 2**63, 2**64, -(2**70), 10**400])
def test_integers_are_read_exactly(number: int) -> None:
    made = read(resource("aws_x", "n", instance(attributes={"id": "x", "n": number})))
    assert made.instances[0].attributes["n"] == number
