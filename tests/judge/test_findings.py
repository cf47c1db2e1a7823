"""From rows to findings: who they are about, what they say, and how old they are."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.judge.findings import (
    aged,
    failed,
    findings_of,
    fingerprint,
    order,
    plain,
    text,
)
from scanner.judge.run import Answer
from scanner.judge.stories import with_time
from scanner.model import Finding, Owner
from scanner.store.recording import Known
from scanner.subject import Subject
from scanner.timeline import LastWrites

from .made import ACCOUNT, BEFORE, NOW, OTHER, REGION, finding, rule, sight, subject

HOSTILE = st.text(st.characters(codec="utf-8"), max_size=40)

# --- fingerprints --------------------------------------------------------------------------------

GOLDEN = [
    # (account, region, type, id), rule, identity -> fingerprint. Never change a line: people's waivers,
    # baselines and dashboards name these. A change here is a change of the contract.
    (
        (
            "123456789012",
            "eu-west-1",
            "aws_sqs_queue",
            "https://sqs.eu-west-1.amazonaws.com/123456789012/orders",
        ),
        "drift/changed-attribute",
        ["delay_seconds"],
        "48b5e64d08016448f6c3ff37",
    ),
    (
        ("123456789012", "eu-west-1", "aws_ebs_volume", "vol-0a1b2c3d"),
        "orphan/unattached-volume",
        [],
        "ff454be359bb14e946ae5f1d",
    ),
    (
        ("123456789012", "global", "aws_iam_role", "deploy"),
        "access/administrator",
        ["arn:aws:iam::aws:policy/AdministratorAccess"],
        "08f6b236770248aacf513e86",
    ),
    (
        ("123456789012", "eu-west-1", "aws_cloudwatch_log_group", "/größe/日本"),
        "watch/log-group-kept-for-ever",
        [],
        "5f89cd7a0072cf94e91320b1",
    ),
    (
        ("123456789012", "eu-west-1", "aws_cloudwatch_metric_alarm", "a"),
        "watch/alarm-to-gone-target",
        [None, True, 3, ["x", "y"], {"b": 1, "a": 2}],
        "0272407ec7fa16959765d11e",
    ),
    (
        ("", "", "watchbill_rule", "watch/made"),
        "watch/made",
        ["failed"],
        "979d315c1f3a96ab31ce2338",
    ),
]


def about(account: str, region: str, type_: str, id_: str) -> Subject:
    return Subject("any", type_, id_, "any", account, region, "any")


@pytest.mark.parametrize(("where", "rule_id", "identity", "kept"), GOLDEN)
def test_fingerprints_are_what_they_were(
    where: tuple[str, str, str, str], rule_id: str, identity: list[Any], kept: str
) -> None:
    assert fingerprint(about(*where), rule_id, identity) == kept


def test_names_addresses_and_resources_are_not_in_a_fingerprint() -> None:
    one = subject()
    other = replace(one, name="renamed", address="aws_sqs_queue.moved", resource="arn:other")
    assert fingerprint(one, "a/b", []) == fingerprint(other, "a/b", [])


@pytest.mark.parametrize("field", ["account", "region", "type", "id"])
def test_what_it_is_about_is(field: str) -> None:
    one = subject()
    assert fingerprint(one, "a/b", []) != fingerprint(replace(one, **{field: "x"}), "a/b", [])
    assert fingerprint(one, "a/b", []) != fingerprint(one, "a/c", [])
    assert fingerprint(one, "a/b", []) != fingerprint(one, "a/b", ["x"])


@given(HOSTILE, HOSTILE)
def test_no_two_pairs_run_together(a: str, b: str) -> None:
    one, other = about(ACCOUNT, REGION, a, b), about(ACCOUNT, REGION, a + b, "")
    assert (fingerprint(one, "r", []) == fingerprint(other, "r", [])) == (b == "")
    assert re.fullmatch("[0-9a-f]{24}", fingerprint(one, "r", [a, b]))


# --- sentences -----------------------------------------------------------------------------------


@given(HOSTILE)
@example("'; rm -rf / #")
@example("a\nb")
@example("$(id) `id` \\")
@example("")
@example("-rf")
def test_a_value_comes_out_of_the_shell_as_it_went_in(value: str) -> None:
    shown = text("aws x --name {name!sh} --y", {"name": value})
    assert shlex.split(shown) == ["aws", "x", "--name", value, "--y"]


HCL = re.compile(r'"(?:[^"\\\n]|\\.)*"')


def read_hcl(quoted: str) -> str:
    """A quoted template of HCL without interpolation, as Terraform reads it."""
    assert HCL.fullmatch(quoted), "it does not end where it should"
    assert not re.search(r"(?<!\$)\$\{|(?<!%)%\{", quoted), "Terraform would interpolate"
    return str(json.loads(quoted.replace("$${", "${").replace("%%{", "%{")))


@given(HOSTILE)
@example('${file("/etc/passwd")}')
@example("%{ for x in y }")
@example('"\n}\nresource "x" "y" {')
@example("$${x}")
@example("$$${x}")
@example("%%{x}")
def test_a_value_comes_out_of_hcl_as_it_went_in(value: str) -> None:
    shown = text("{id!hcl}", {"id": value})
    if "$${" in value or "%%{" in value:
        # an escape of an escape: what matters is that nothing is interpolated
        assert HCL.fullmatch(shown)
        assert not re.search(r"(?<!\$)\$\{|(?<!%)%\{", shown)
    else:
        assert read_hcl(shown) == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "nothing"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        ("", ""),
        ([], "nothing"),
        (["a", None, True], "a, nothing, true"),
        ({"b": 1, "a": "ü"}, '{"a": "ü", "b": 1}'),
        (1.5, "1.5"),
    ],
)
def test_values_read_as_words(value: Any, shown: str) -> None:
    assert plain(value) == shown
    assert text("it is {x}.", {"x": value}) == f"it is {shown}."


def test_a_hole_in_a_value_is_not_filled_again() -> None:
    assert text("{a} {b}", {"a": "{b}", "b": "x"}) == "{b} x"


# --- findings ------------------------------------------------------------------------------------


def made(rows: list[dict[str, Any]], **fields: Any) -> list[Finding]:
    subjects = {s.resource: s for s in (subject("q"), subject("p", address="aws_sqs_queue.p"))}
    owners = {"arn:q": Owner("payments", "tag team", "valid")}
    return findings_of(rule(**fields), Answer(rows), subjects, owners, sight(), NOW)


def test_a_row_becomes_a_finding_with_a_name_an_owner_and_evidence() -> None:
    (found,) = made([{"resource": "arn:q", "size": 7}])
    assert (found.resource, found.type, found.id, found.name) == (
        "arn:q",
        "aws_sqs_queue",
        "id-q",
        "q",
    )
    assert (found.says, found.fix) == ("q has 7", "aws x --name q")
    assert (found.severity, found.status, found.first_seen) == ("low", "new", NOW)
    assert found.evidence == {"size": 7}
    assert found.owner == Owner("payments", "tag team", "valid")
    assert found.unknown_because == ""


def test_a_declared_resource_has_its_address_and_an_unknown_owner_is_missing() -> None:
    (found,) = made([{"resource": "arn:p", "size": None}])
    assert found.address == "aws_sqs_queue.p"
    assert found.owner.state == "missing"
    assert found.says == "p has nothing"


@pytest.mark.parametrize(
    ("size", "severity"), [("critical", "critical"), ("urgent", "low"), (None, "low")]
)
def test_a_row_may_say_how_severe_it_is(size: Any, severity: str) -> None:
    (found,) = made([{"resource": "arn:q", "size": size}], severities="size")
    assert found.severity == severity


def test_two_findings_about_one_resource_need_an_identity() -> None:
    rows = [{"resource": "arn:q", "size": 1}, {"resource": "arn:q", "size": 2}]
    assert len({f.fingerprint for f in made(rows, identity=("size",))}) == 2
    kept, found = made(rows)
    assert kept.resource == "arn:q"
    assert found.severity == "critical"
    assert "two rows have one identity: arn:q" in found.says


def test_a_resource_that_is_nobody_is_a_failure_of_the_rule() -> None:
    kept, found = made([{"resource": "arn:q", "size": 1}, {"resource": "arn:x", "size": 1}])
    assert kept.resource == "arn:q"
    assert found.type == "watchbill_rule"
    assert "arn:x" in found.says


def test_a_rule_that_failed_is_a_critical_finding_and_never_silence() -> None:
    found = findings_of(rule(), Answer((), "took longer than 60 s"), {}, {}, sight(), NOW)
    assert found == [failed(rule(), "took longer than 60 s", NOW)]
    assert found[0].severity == "critical"
    assert found[0].says.endswith("took longer than 60 s")
    assert "watch/made" in found[0].fix
    assert found[0].evidence == {"error": "took longer than 60 s"}
    # another reason is the same finding, grown older
    assert found[0].fingerprint == failed(rule(), "something else", NOW).fingerprint


def test_what_could_not_be_decided_is_unknown_and_says_why() -> None:
    subjects = {"arn:q": subject("q")}
    blind = sight({("aws_sqs_queue", REGION, "id-q"): "sqs.get_queue_attributes"})
    (found,) = findings_of(
        rule(), Answer([{"resource": "arn:q", "size": 1}]), subjects, {}, blind, NOW
    )
    assert found.status == "unknown"
    assert found.unknown_because == "sqs:get_queue_attributes denied (AccessDenied)"


# --- age -----------------------------------------------------------------------------------------


LATER = "2026-11-24T00:00:00Z"


def seen(_: Finding) -> str:
    return ""


def unseen(_: Finding) -> str:
    return "nobody could look"


def test_what_was_not_there_before_is_new() -> None:
    assert aged([finding("a")], [], seen) == (finding("a", earliest=NOW),)


@pytest.mark.parametrize("before", ["new", "standing", "unknown"])
def test_what_was_there_before_stands_with_its_age(before: str) -> None:
    (found,) = aged([finding("a")], [finding("a", before, first_seen=BEFORE)], seen)
    assert (found.status, found.first_seen) == ("standing", BEFORE)


def test_what_is_no_longer_there_is_gone_and_told_once() -> None:
    old = finding("a", "standing", first_seen=BEFORE, unknown_because="x")
    (gone,) = aged([], [old], seen)
    assert (gone.status, gone.first_seen, gone.unknown_because) == ("gone", BEFORE, "")
    assert aged([], [gone], seen) == ()


def test_what_could_not_be_looked_at_is_neither_fixed_nor_new() -> None:
    old = finding("a", "standing", first_seen=BEFORE)
    (kept,) = aged([], [old], unseen)
    assert (kept.status, kept.first_seen) == ("unknown", BEFORE)
    assert kept.unknown_because == "nobody could look"
    # and later it is there again, as old as it is
    (found,) = aged([finding("a")], [kept], seen)
    assert (found.status, found.first_seen) == ("standing", BEFORE)
    # or it has gone after all
    assert [f.status for f in aged([], [kept], seen)] == ["gone"]


def test_what_is_found_but_undecided_keeps_its_age_and_stays_unknown() -> None:
    current = finding("a", "unknown", unknown_because="cut off")
    (found,) = aged([current], [finding("a", first_seen=BEFORE)], seen)
    assert (found.status, found.first_seen, found.unknown_because) == ("unknown", BEFORE, "cut off")


def test_what_comes_back_is_new_again() -> None:
    (gone,) = aged([], [finding("a", first_seen=BEFORE)], seen)
    (again,) = aged([finding("a")], [gone], seen)
    assert (again.status, again.first_seen) == ("new", NOW)


def test_what_comes_back_remembers_when_it_came_first() -> None:
    known = {"a": Known("gone", BEFORE, BEFORE, 1)}
    (again,) = aged([finding("a")], [], seen, "", known)
    assert (again.status, again.first_seen, again.earliest, again.reopened) == (
        "new", NOW, BEFORE, 2,
    )  # fmt: skip
    (later,) = aged([finding("a", first_seen=LATER)], [again], seen, "", known)
    assert (later.status, later.first_seen, later.earliest, later.reopened) == (
        "standing", NOW, BEFORE, 2,
    )  # fmt: skip


def test_what_may_be_back_is_not_back() -> None:
    known = {"a": Known("gone", BEFORE, BEFORE, 1)}
    (found,) = aged([finding("a", "unknown")], [], seen, "", known)
    assert (found.status, found.first_seen, found.reopened) == ("unknown", NOW, 0)


@pytest.mark.parametrize("status", ["open", "waived", "unknown"])
def test_what_the_history_knows_is_as_old_as_it_says(status: str) -> None:
    known = {"a": Known(status, BEFORE, BEFORE, 0)}
    (found,) = aged([finding("a")], [], seen, "", known)
    assert (found.status, found.first_seen) == ("standing", BEFORE)


STATUSES = st.sampled_from(["new", "standing", "unknown", "gone"])


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["new", "unknown"])),
    st.dictionaries(st.sampled_from("abcdef"), STATUSES),
    st.sets(st.sampled_from("abcdef")),
)
def test_every_finding_of_either_scan_has_one_place(
    current: dict[str, str], before: dict[str, str], hidden: set[str]
) -> None:
    made_now = [finding(p, s) for p, s in current.items()]
    made_before = [finding(p, s, first_seen=BEFORE) for p, s in before.items()]
    found = aged(made_now, made_before, lambda f: "hidden" if f.fingerprint in hidden else "")
    assert list(found) == sorted(found, key=order)
    by_print = {f.fingerprint: f for f in found}
    assert len(by_print) == len(found)
    alive = {p for p, s in before.items() if s != "gone"}
    assert by_print.keys() == current.keys() | alive
    for print_, one in by_print.items():
        assert one.first_seen == (BEFORE if print_ in alive else NOW)
        if print_ in current:
            assert (one.status == "unknown") == (current[print_] == "unknown")
            assert (one.status == "new") == (print_ not in alive and current[print_] == "new")
        else:
            assert one.status == ("unknown" if print_ in hidden else "gone")


def test_the_worst_comes_first() -> None:
    mixed = [
        finding("a", severity="low"),
        finding("b", severity="critical", region=OTHER),
        finding("c", "gone", severity="critical"),
        finding("d", severity="high", rule="access/a"),
    ]
    assert [f.fingerprint for f in sorted(mixed, key=order)] == ["b", "c", "d", "a"]


def test_a_row_may_be_a_question_and_says_why() -> None:
    rows = [{"resource": "arn:q", "size": "account 3 was not scanned"}]
    (asked,) = made(rows, undecided="size")
    assert (asked.status, asked.unknown_because) == ("unknown", "account 3 was not scanned")
    (known,) = made([{"resource": "arn:q", "size": None}], undecided="size")
    assert (known.status, known.unknown_because) == ("new", "")
    # what was approved is the problem, whatever is known of it today
    assert asked.evidence_hash == known.evidence_hash


def test_what_an_orphan_cost_since_it_was_found_first() -> None:
    (found,) = made([{"resource": "arn:q", "size": 1}])
    costly = replace(found, evidence={"monthly_cost": 73.0}, first_seen="2026-11-01T00:00:00Z")
    later = "2026-11-11T12:00:00Z"
    assert [f.wasted for f in with_time([costly], later)] == [24.0]  # ten whole days at 0.1 an hour
    unpriced = replace(costly, evidence={"monthly_cost": None})
    assert [f.wasted for f in with_time([unpriced, found], later)] == [None, None]
    lost = replace(costly, status="unknown", wasted=24.0)
    assert [f.wasted for f in with_time([lost], later)] == [24.0]


def test_the_last_writes_are_beside_drift_alone_and_outlive_what_was_not_looked_at() -> None:
    (found,) = made([{"resource": "arn:q", "size": 1}])
    last = {"arn:q": LastWrites((), "none")}
    drift = replace(found, rule="drift/missing-resource")
    told = with_time([drift, found], NOW, writes=last)
    assert [f.last_writes for f in told] == [last["arn:q"], None]
    lost = replace(told[0], status="unknown")
    assert with_time([lost], NOW)[0].last_writes == last["arn:q"]
