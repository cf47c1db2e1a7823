"""What Terraform calls drift is read as it says it; what is no such plan is told apart; secrets stay out."""

from __future__ import annotations

import gzip
import json
import time
import traceback
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.declared import plan as reader
from scanner.declared.plan import Plan, Secret, parse, read_plan
from scanner.errors import INCOMPLETE, USAGE, StateError

FOLDER = Path(__file__).parents[2] / "fixtures" / "plans"
HARBOUR = Path(__file__).parents[2] / "fixtures" / "worlds" / "harbour"
REFRESH = "terraform plan -refresh-only -out=p && terraform show -json p > plan.json"
AWS = "registry.terraform.io/hashicorp/aws"


def kept(name: str) -> bytes:
    return gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes())


def drifted(address: str = "aws_x.n", **more: Any) -> dict[str, Any]:
    """One entry of resource_drift; `before`, `after`, `actions` and marks go into its change."""
    names = ("actions", "before", "after", "before_sensitive", "after_sensitive")
    change = {"actions": ["update"], "before": {"id": "x"}, "after": {"id": "x"}}
    change |= {name: more.pop(name) for name in names if name in more}
    type_, _, name = address.rpartition("module.")[2].partition(".")
    return {
        "address": address, "mode": "managed", "type": type_, "name": name,
        "provider_name": AWS, "change": change, **more,
    }  # fmt: skip


def made(*drift: dict[str, Any], **more: Any) -> bytes:
    """A refresh-only plan as Terraform 1.11 writes it."""
    document = {
        "format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {},
        "resource_drift": list(drift), "prior_state": {"values": {"root_module": {}}},
        "timestamp": "2026-11-23T02:00:00Z", "applyable": True, "complete": True,
        "errored": False, **more,
    }  # fmt: skip
    return json.dumps(
        {name: value for name, value in document.items() if value is not ...}
    ).encode()


def read(*drift: dict[str, Any], **more: Any) -> Plan:
    return parse("plan.json", made(*drift, **more))


GOOD = made(drifted(before={"id": "x", "size": 1}, after={"id": "x", "size": 2}))


def test_a_plan_of_a_real_terraform_is_read() -> None:
    plan = parse("plan.json", kept("drift"))
    assert (plan.terraform_version, plan.made) == ("1.11.4", "2026-11-23T13:36:01Z")
    assert {d.address: (d.gone, sorted(d.changed)) for d in plan.drift} == {
        "aws_s3_bucket.b": (False, ["versioning"]),
        "aws_s3_bucket_versioning.b": (False, ["versioning_configuration"]),
        'aws_sqs_queue.a["x"]': (False, ["delay_seconds"]),
        'aws_sqs_queue.a["y"]': (True, []),
        "aws_ssm_parameter.p[0]": (False, ["description", "value", "version"]),
    }
    queue, parameter = plan.drift[2], plan.drift[4]
    assert (queue.type, queue.name, queue.index) == ("aws_sqs_queue", "a", "x")
    assert (queue.module, queue.provider) == ("", AWS)
    assert (queue.before["delay_seconds"], queue.after["delay_seconds"]) == (0, 7)
    assert parameter.index == 0
    assert {one.address for one in plan.objects} == {
        "aws_s3_bucket.b", "aws_s3_bucket_versioning.b", "aws_security_group.g",
        "aws_vpc_security_group_ingress_rule.r", 'aws_sqs_queue.a["x"]', 'aws_sqs_queue.a["y"]',
        "aws_ssm_parameter.p[0]", "aws_ssm_parameter.p[1]",
    }  # fmt: skip


@pytest.mark.parametrize("revision", ["1", "2"])
def test_drift_of_the_world_is_the_one_its_oracle_was_cut_from(revision: str) -> None:
    plan = parse("plan.json", kept(f"harbour-rev{revision}"))
    found = {(d.address, name) for d in plan.drift for name in (d.changed or {"<gone>"})}
    oracle = json.loads((HARBOUR / f"oracle{revision}.json").read_text())
    wanted = {(one["address"], name) for one in oracle["drift"] for name in one["changed"]}
    assert wanted <= found
    # when it was made anew for this plan is all that differs
    later = {"create_date", "create_time", "last_modified", "stream_arn", "stream_label"}
    assert {name for _, name in found - wanted} <= later | {"not_before", "not_after"}


def test_an_object_stands_at_the_states_address_where_the_configuration_moved_it() -> None:
    plan = parse("plan.json", kept("moved"))
    assert "aws_security_group.gg" not in {d.address for d in plan.drift}, "a move is no drift"
    addresses = {one.address for one in plan.objects}
    assert "aws_security_group.g" in addresses
    assert "aws_security_group.gg" not in addresses
    both = read(drifted("aws_x.new", previous_address="aws_x.old", after={"id": "y"}))
    assert [(d.address, d.previous) for d in both.drift] == [("aws_x.new", "aws_x.old")]


def test_a_plan_without_drift_has_none() -> None:
    plan = parse("plan.json", kept("clean"))
    assert plan.drift == ()
    assert len(plan.objects) == 8


def test_data_sources_leftovers_and_mere_form_are_no_drift() -> None:
    form = {"tags": None, "list": None, "zero": 0, "off": False, "block": [{"a": None}], "x": 1}
    other = {"tags": {}, "list": [], "zero": None, "off": None, "block": [{"a": ""}], "x": 1}
    plan = read(
        drifted("aws_a.n", mode="data", after={"id": "y"}),
        drifted("aws_b.n", deposed="1a2b3c4d", after={"id": "y"}),
        drifted("aws_c.n", actions=["no-op"]),
        drifted("aws_d.n", before=form, after=other),
        drifted("module.m.aws_e.n", module_address="module.m", after={"id": "y"}),
    )
    assert [(d.address, d.module) for d in plan.drift] == [("module.m.aws_e.n", "module.m")]


def test_objects_of_child_modules_are_known_and_leftovers_are_not() -> None:
    def one(address: str, **more: Any) -> dict[str, Any]:
        return {
            "address": address,
            "type": "aws_x",
            "mode": "managed",
            "values": {"id": "x"},
            **more,
        }

    root = {
        "resources": [
            one("aws_x.a"),
            one("aws_x.a", deposed_key="1a2b3c4d"),
            one("b", mode="data"),
        ],
        "child_modules": [{"child_modules": [{"resources": [one("module.m.module.n.aws_x.c")]}]}],
    }
    plan = read(prior_state={"values": {"root_module": root}}, resource_drift=...)
    assert [found.address for found in plan.objects] == ["aws_x.a", "module.m.module.n.aws_x.c"]


def test_keys_of_newer_versions_are_passed_over() -> None:
    plan = read(drifted(after={"id": "y"}, newer=1), format_version="1.9", newer={"a": []})
    assert len(plan.drift) == 1


def test_an_older_terraform_says_no_time_and_opentofu_not_whether_it_is_complete() -> None:
    plan = read(timestamp=..., complete=..., applyable=..., errored=...)
    assert plan.made == ""


NESTED = {"a": [{"b": "hunter2", "c": 1}], "d": "hunter2", "e": ["hunter2", "x"], "f": None, "g": 1}
MARKS = {"a": [{"b": True}], "d": True, "e": [True, False], "f": True}


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize(
    "marks",
    [
        MARKS,
        True,
        {"a": True, "d": True, "e": True},
        {"a": [{"b": True}, {}], "d": [True], "e": {"x": True}},  # of another shape than the values
    ],
)
def test_what_terraform_marks_as_sensitive_is_in_nothing_that_can_be_looked_at(
    side: str, marks: Any
) -> None:
    plan = read(drifted(before=NESTED, after={**NESTED, "g": 2}, **{f"{side}_sensitive": marks}))
    (drift,) = plan.drift
    assert "hunter2" not in f"{plan!r}{drift!r}{drift.before!r}{drift.after!r}"
    assert drift.changed == {"g"}
    assert drift.before["d"] == drift.after["d"]
    assert drift.before["f"] is None


def test_a_secret_shows_whether_it_changed_and_nothing_else() -> None:
    plan = parse("plan.json", kept("drift"))
    before, after = plan.drift[4].before, plan.drift[4].after
    assert isinstance(before["value"], Secret)
    assert before["value"] == before["description"]
    assert before["value"] != after["value"]
    assert "scrubbed" not in f"{before}{after}"


def test_secrets_of_what_did_not_drift_are_left_out_too() -> None:
    one = {
        "address": "aws_x.a", "type": "aws_x", "mode": "managed",
        "values": {"password": "hunter2"}, "sensitive_values": {"password": True},
    }  # fmt: skip
    plan = read(prior_state={"values": {"root_module": {"resources": [one]}}})
    assert "hunter2" not in f"{plan!r}{plan.objects[0].attributes!r}"


TOLD_APART = {
    "empty-file": (b"", "is empty", ""),
    "blank": (b" \n", "is empty", ""),
    "binary": (b"PK\x03\x04\x14\x00", "the plan itself", "terraform show -json"),
    "powershell": (b"\xff\xfe" + "{}".encode("utf-16-le"), "UTF-16", "UTF-8"),
    "stream": (
        b'{"@level":"info","@message":"Terraform 1.11.4"}\n{"@level":"info","type":"version"}\n',
        "messages of `terraform plan -json`", "",
    ),
    "state": ((HARBOUR / "rev1.tfstate").read_bytes(), "a Terraform state", "--state"),
    "shown-state": (b'{"format_version":"1.0","values":{}}', "JSON of a state", "show a plan"),
    "validate": (b'{"format_version":"1.0","valid":true}', "something else", "show a plan"),
    "schemas": (b'{"format_version":"1.0","provider_schemas":{}}', "something else", ""),
    "outputs": (b'{"url":{"value":"x"}}', "no format_version", ""),
    "package": (b'{"name":"x","version":"1.0.0"}', "no format_version", ""),
    "array": (b"[]", "not a Terraform plan", ""),
    "null": (b"null", "not a Terraform plan", ""),
    "page": (b"<html></html>", "not JSON", ""),
    "encrypted": (b'{"encrypted_data":"QQ==","encryption_version":"v0"}', "OpenTofu", "tofu show"),
    "format-0": (made(format_version="0.2"), 'format "0.2"', "1.1 at least"),
    "format-2": (made(format_version="2.0"), 'format "2.0"', "newer watchbill"),
    "format-10": (made(format_version="10.0"), 'format "10.0"', "newer watchbill"),
    "format-number": (made(format_version=1), "format 1", "newer watchbill"),
    "errored": (made(errored=True), "ended in an error", "mend"),
    "apply": (kept("apply"), "a plan to apply", "-refresh-only"),
    "destroy": (kept("destroy"), "a plan to apply", "-refresh-only"),
    "norefresh": (kept("norefresh"), "a plan to apply", "-refresh-only"),
    "target": (kept("target"), "some resources only", "-target"),
    "empty-state": (kept("empty"), "without drift information", "empty state"),
    "no-mode": (made({"address": "a"}), "not a whole plan", "cut or edited"),
    "drift-null": (made(drifted(change=None)), "not a whole plan", ""),
    "replaced": (made(drifted(actions=["delete", "create"])), "'delete-create'", "newer watchbill"),
    "twice": (made(drifted(), drifted()), "stands twice", ""),
    "twice-key": (GOOD.replace(b'"mode"', b'"type": "aws_y", "mode"', 1), "key type stands", ""),
    "nan": (GOOD.replace(b'"size": 1', b'"size": NaN'), "not JSON", ""),
    "cut": (GOOD[: len(GOOD) // 2], "not JSON", ""),
    "latin-1": (GOOD.replace(b"1.11.4", b"\xfc"), "utf-8", ""),
}  # fmt: skip


def refused(data: bytes) -> StateError:
    began = time.monotonic()
    with pytest.raises(StateError) as caught:
        parse("plan.json", data)
    assert time.monotonic() - began < 5
    error = caught.value
    assert error.message.startswith("plan.json: "), "the message names the file"
    assert len(error.hint) > 10, "the message says what to do next"
    assert len(str(error)) < 700
    assert error.exit_code == INCOMPLETE
    return error


@pytest.mark.parametrize("name", TOLD_APART)
def test_what_is_no_refresh_only_plan_is_told_apart_with_the_next_step(name: str) -> None:
    data, what, hint = TOLD_APART[name]
    error = refused(data)
    assert what in error.message
    assert hint in error.hint


@pytest.mark.parametrize("name", ["outputs", "state", "apply", "target", "errored", "page", "cut"])
def test_the_command_that_makes_a_plan_stands_in_the_hint(name: str) -> None:
    assert REFRESH in refused(TOLD_APART[name][0]).hint


def test_a_byte_order_mark_is_passed_over() -> None:
    assert len(parse("plan.json", b"\xef\xbb\xbf" + GOOD).drift) == 1


@pytest.mark.parametrize("end", range(1, len(GOOD), 7))
def test_a_plan_that_was_cut_anywhere_is_refused(end: int) -> None:
    assert refused(GOOD[:end]).kind == "malformed"


DEEP = 100_000


@pytest.mark.parametrize(
    "data",
    [
        b'{"format_version": "1.2", "resource_drift": ' + b"[" * DEEP + b"]" * DEEP + b"}",
        b'{"a":' * DEEP + b"1" + b"}" * DEEP,
        GOOD.replace(b'"size": 1', b'"size": ' + b"[" * DEEP + b"]" * DEEP),
        GOOD.replace(b'"size": 1', b'"size": ' + b"[" * 900 + b"1" + b"]" * 900),
        GOOD.replace(b'"size": 1', b'"size": 1' + b"0" * 5000),
        GOOD.replace(b'"planned_values": {}', b'"planned_values": ' + b"[" * DEEP),
        b'{"' + b"a" * 1_000_000,
    ],
    ids=["arrays", "objects", "value", "value-below-the-limit", "integer", "planned", "key"],
)
def test_a_monstrous_plan_is_refused_or_read_and_never_more(data: bytes) -> None:
    try:
        plan = parse("plan.json", data)
    except StateError as error:
        assert len(str(error)) < 700  # noqa: PT017
    else:
        assert len(plan.drift) == 1


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.integers(0, len(GOOD)))
def test_noise_is_refused_or_read_and_never_more(noise: bytes, at: int) -> None:
    try:
        plan = parse("noise.json", GOOD[:at] + noise + GOOD[at:])
    except StateError as error:
        assert error.message.startswith("noise.json: ")  # noqa: PT017
    else:
        assert len(plan.drift) <= 1


@pytest.mark.parametrize("wrong", ["drift", "twice", "cut"])
def test_a_secret_of_a_broken_plan_is_in_no_message_and_no_traceback(wrong: str) -> None:
    marked = drifted(before={"p": "hunter2"}, after={"p": "hunter3"}, before_sensitive={"p": True})
    data = {
        "drift": made(marked, drifted("aws_y.n", actions=["replace"])),
        "twice": made(marked, marked),
        "cut": made(marked)[:-40],
    }[wrong]
    error = refused(data)
    assert "hunter" not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("name", ["nowhere.json", "."])
def test_a_plan_that_cannot_be_opened(name: str, tmp_path: Path) -> None:
    with pytest.raises(StateError) as caught:
        read_plan(str(tmp_path / name))
    assert (caught.value.kind, caught.value.exit_code) == (
        ("missing", USAGE) if name == "nowhere.json" else ("unreadable", INCOMPLETE)
    )
    assert REFRESH in caught.value.hint


def test_more_bytes_than_a_plan_may_have_are_not_even_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MOST_BYTES", 10_000)
    file = tmp_path / "huge.json"
    with file.open("wb") as out:
        out.truncate(1 << 40)  # a terabyte, claimed and not there
    for path in (str(file), "/dev/zero"):
        with pytest.raises(StateError, match="more than a plan may have"):
            read_plan(path)
