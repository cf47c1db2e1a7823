"""Every rule: its cases, its header, its SQL, and whether its fix can be pasted."""

from __future__ import annotations

import random
import re
import shlex
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from scanner.catalog import load
from scanner.judge.cases import Case, run_cases
from scanner.judge.findings import text
from scanner.judge.load import HOLE, population_sql
from scanner.model import FAMILIES, ROLES, SEVERITIES, Rule
from scanner.store.connection import lock, sandbox
from scanner.store.lineage import lineage
from scanner.store.prove import fetch
from scanner.store.relations import as_tables, relations

from . import rulebook

RULES = rulebook.RULES
EACH = pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
CASES = rulebook.every_case()

HOSTILE = "a b'c\"d`id`$(id);rm -rf /\n# ${x}"
DESTROYS = re.compile(
    r"\b(?:delete|terminate|release|deregister|revoke|unsubscribe|destroy)\b|state rm|Status Inactive"
)


def lines(rule: Rule) -> list[str]:
    return rule.fix.splitlines()


def commands(rule: Rule) -> list[str]:
    return [line for line in lines(rule) if not line.startswith("#")]


@pytest.mark.parametrize(("rule", "case"), CASES, ids=[f"{r}: {c.case}" for r, c in CASES])
def test_case(rule: str, case: Case) -> None:
    (outcome,) = run_cases(RULES[rule], [case], rule)
    assert outcome.passed, f"found {list(outcome.found)}, expected {list(outcome.expected)}"


def test_there_are_rules_in_every_family() -> None:
    assert {rule.partition("/")[0] for rule in RULES} == set(FAMILIES)
    assert len(RULES) >= 80


def test_the_contracted_rules_are_there() -> None:
    assert {
        "drift/changed-attribute",
        "drift/missing-resource",
        "drift/unmanaged-resource",
        "ownership/unowned-resource",
        "ownership/expired-resource",
    } <= RULES.keys()
    assert {"attribute", "declared", "actual"} <= RULES["drift/changed-attribute"].evidence.keys()
    assert RULES["drift/changed-attribute"].identity == ("attribute",)


def test_no_file_lies_beside_the_rules() -> None:
    kept = {rulebook.FOLDER / f"{rule}{suffix}" for rule in RULES for suffix in (".sql", ".yaml")}
    found = {path for path in rulebook.FOLDER.rglob("*") if path.is_file()}
    assert found - kept == {rulebook.README}


@EACH
def test_cases_find_and_do_not_find(rule: Rule) -> None:
    cases = rulebook.cases(rule.id)
    assert len(cases) >= 4
    assert any(case.expect for case in cases)
    assert any(not case.expect for case in cases)
    assert len({case.case for case in cases}) == len(cases)


@EACH
def test_cases_speak_of_what_the_rule_reads(rule: Rule) -> None:
    tables = lineage(rule.sql).tables
    for case in rulebook.cases(rule.id):
        assert case.given.keys() <= tables, case.case
        assert case.params.keys() <= rule.params.keys(), case.case
        for row in case.expect:
            assert row.keys() <= {"resource", *rule.evidence}, case.case
            assert "resource" in row, case.case


@EACH
def test_every_evidence_column_is_expected_by_some_case(rule: Rule) -> None:
    expected = {name for case in rulebook.cases(rule.id) for row in case.expect for name in row}
    # the lists of what was searched and what was not are constants
    assert rule.evidence.keys() - {"searched", "not_searched"} <= expected


@EACH
def test_every_table_is_filled_by_some_case(rule: Rule) -> None:
    filled = {
        table for case in rulebook.cases(rule.id) for table, rows in case.given.items() if rows
    }
    assert lineage(rule.sql).tables <= filled


@EACH
def test_the_header_is_complete(rule: Rule) -> None:
    assert rule.severity in SEVERITIES
    assert rule.role in ROLES
    assert re.fullmatch(r"\d+\.\d+", rule.since)
    assert rule.title[0].isupper()
    assert not rule.title.endswith(".")
    assert len(rule.title) <= 70
    assert len(rule.says) <= 140
    assert not rule.says.endswith(".")
    assert HOLE.search(rule.says), "it names no resource"
    assert "!" not in rule.says
    assert rule.evidence
    for name, meaning in (*rule.evidence.items(), *((n, p.help) for n, p in rule.params.items())):
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
        assert len(meaning) > 3, name
    for name in rule.params:
        assert f"${name}" in rule.sql


@EACH
def test_why_is_two_sentences(rule: Rule) -> None:
    sentences = re.findall(r"[^.?!]+[.?!](?:\s|$)", rule.why)
    assert 1 <= len(sentences) <= 3
    assert rule.why.endswith(".")
    assert len(rule.why) <= 300


def test_titles_are_unique() -> None:
    assert len({rule.title for rule in RULES.values()}) == len(RULES)


@EACH
def test_the_sql_is_short_lower_case_and_explicit(rule: Rule) -> None:
    assert len(rule.sql.splitlines()) < 40
    bare = rulebook.statement(rule)
    assert bare == bare.lower()
    assert max(map(len, rule.sql.splitlines())) <= 130
    assert not [node for node in rulebook.nodes(rule.sql) if node.get("class") == "STAR"]


@EACH
def test_only_types_that_are_collected_are_read(rule: Rule) -> None:
    read = lineage(rule.sql).tables | lineage(population_sql(rule)).tables
    assert {name for name in read if name.startswith("aws_")} <= load().keys()


@EACH
def test_an_orphan_by_search_says_where_was_searched_and_where_not(rule: Rule) -> None:
    if rule.id.startswith("orphan/") and not lineage(rule.sql).monotone:
        assert {"searched", "not_searched"} <= rule.evidence.keys()


@EACH
def test_a_rule_that_looks_everywhere_says_when_it_could_not(rule: Rule) -> None:
    # accounts and regions that were not to be scanned have no ledger that machinery could read
    assert not rule.everywhere or rule.undecided
    assert not rule.everywhere or "accounts" in lineage(rule.sql).columns


def test_what_strangers_can_take_or_nobody_can_read_again_is_critical_at_any_price() -> None:
    outlived = {rule for rule in RULES if re.match(r"orphan/(record|delegation)-to-", rule)}
    # a name in a zone of our own is nobody else's to answer for
    for rule in {*outlived, "orphan/key-pending-deletion-in-use"} - {
        "orphan/record-to-missing-name"
    }:
        assert (RULES[rule].severity, RULES[rule].severities) == ("critical", ""), rule
    assert len(outlived) == 8


def test_what_is_found_by_one_row_is_a_fact_whatever_else_was_not_seen() -> None:
    """Rules that are written as joins alone, and must stay so."""
    facts = {rule.id for rule in RULES.values() if lineage(rule.sql).monotone}
    assert {
        "access/administrator",
        "access/administrator-by-hand",
        "access/foreign-trust",
        "access/grant-by-hand",
        "access/open-federation",
        "access/open-resource-policy",
        "access/open-trust",
        "access/privilege-escalation",
        "access/service-wildcard",
        "access/world-open-port",
        "orphan/key-pending-deletion-in-use",
        "orphan/unassociated-address",
        "orphan/unattached-volume",
        "ownership/expired-resource",
        "ownership/unowned-resource",
        "watch/alarm-with-actions-off",
        "watch/trail-not-logging",
    } <= facts
    assert {rule for rule in RULES if rule.startswith("recovery/")} <= facts


def test_only_rules_about_declarations_read_the_declared_side() -> None:
    """Such a rule is not asked where no state was given; the others must be."""
    reads = {
        rule.id
        for rule in RULES.values()
        if {"class", "address"} & lineage(rule.sql).columns
        or {"declared", "comparisons", "grant_changes"} & lineage(rule.sql).tables
    }
    by_hand = {
        "access/administrator-by-hand",
        "access/boundary-changed",
        "access/grant-by-hand",
        "access/joined-by-hand",
        "access/policy-widened",
        "access/trust-widened",
        "watch/alarm-slowed",
        "watch/alarm-weakened",
    }
    assert reads == {rule for rule in RULES if rule.startswith("drift/")} | by_hand


# --- fixes ---------------------------------------------------------------------------------------


@EACH
def test_every_value_in_a_fix_is_quoted_for_where_it_stands(rule: Rule) -> None:
    for line in lines(rule):
        if line.startswith("#"):
            assert not HOLE.search(line), "a value with a line break would leave the comment"
        # the type of an import block is the catalog's own word
        plain = {name for name, quote in HOLE.findall(line) if not quote}
        assert plain <= ({"type"} if line.strip().startswith("to = ") else set())


@EACH
def test_a_fix_is_comments_and_commands(rule: Rule) -> None:
    assert commands(rule)
    for line in lines(rule):
        assert len(line) <= 500
        if line.startswith("#"):
            assert re.match(r"# \S", line)
    if commands(rule)[0].startswith("import {"):
        return
    for line in commands(rule):
        assert line.startswith(("aws ", "terraform ", "watchbill ")), line


@EACH
def test_what_destroys_is_announced(rule: Rule) -> None:
    before = ""
    for line in lines(rule):
        if not line.startswith("#") and DESTROYS.search(line):
            assert before.startswith("#"), f"{line} is not announced"
        before = line
    assert "--force" not in rule.fix
    assert "-auto-approve" not in rule.fix


@EACH
def test_a_hostile_name_stays_one_word_of_the_command(rule: Rule) -> None:
    if commands(rule)[0].startswith("import {"):
        return
    names = {name for name, _ in HOLE.findall(rule.fix)}
    shown = text(rule.fix, dict.fromkeys(names, HOSTILE))
    words = shlex.split(shown, comments=True)
    assert sum(word.count(HOSTILE) for word in words) == len(HOLE.findall(rule.fix))
    harmless = text(rule.fix, dict.fromkeys(names, "x"))
    assert len(words) == len(shlex.split(harmless, comments=True))


REGIONLESS = (
    "iam",
    "route53 ",
    "cloudfront ",
    "resourcegroupstaggingapi",
    "cloudtrail lookup-events",
    "s3api head-bucket",
)


@EACH
def test_a_command_says_its_region(rule: Rule) -> None:
    for line in commands(rule):
        if line.startswith("aws ") and not line[4:].startswith(REGIONLESS):
            assert "--region {region!sh}" in line


RENAMED = {("sns", "subscribe"): {"notification-endpoint": "Endpoint"}}
"""Options that the AWS CLI calls otherwise than the API does."""


@EACH
def test_the_aws_cli_has_such_a_command(rule: Rule) -> None:
    for line in commands(rule):
        if not line.startswith("aws "):
            continue
        values = {"modify": "modify-db-instance", "named": "--db-instance-identifier"}
        values |= {"call": "detach-role-policy", "flag": "--role-name", "option": "--policy-arn"}
        if "boundary" in line:
            values["call"] = "put-role-permissions-boundary"
        if "elasticache" in line:
            values = {"modify": "modify-cache-cluster", "named": "--cache-cluster-id"}
        words = shlex.split(text(line, {**dict.fromkeys(_holes(line), "x"), **values}))
        service, operation = words[1:3]
        members = _members("s3" if service == "s3api" else service, operation)
        assert members, f"{service} has no {operation}"
        for word in words[3:]:
            if not word.startswith("--") or word == "--region":
                continue
            option = word.removeprefix("--").partition("=")[0]
            known = members | RENAMED.get((service, operation), {}).keys()
            assert option in known or option.removeprefix("no-") in known, word


def _holes(line: str) -> set[str]:
    return {name for name, _ in HOLE.findall(line)}


@cache
def _members(service: str, operation: str) -> set[str]:
    model = botocore.session.get_session().get_service_model(service)
    for name in model.operation_names:
        if xform_name(name, "-") == operation:
            shape = model.operation_model(name).input_shape
            return {xform_name(member, "-") for member in (shape.members if shape else {})}
    return set()


# --- any rows at all -----------------------------------------------------------------------------


@EACH
def test_no_rows_make_a_rule_fail(rule: Rule) -> None:
    """Rows of nulls, empty lists and values that meet: an answer, one a resource and identity."""
    tables = sorted(lineage(rule.sql).tables)
    with sandbox() as connection:
        for made in as_tables(frozenset(tables)):
            connection.execute(made)
        lock(connection)
        for seed in (1, 2):
            chance = random.Random(f"{rule.id} {seed}")  # a str seed is the same in every process
            for table in tables:
                connection.execute(f"delete from {table}")
                rows = list(_rows(table, chance))
                marks = ", ".join(f"({', '.join('?' for _ in row)})" for row in rows)
                values = [value for row in rows for value in row]
                connection.execute(f"insert into {table} values {marks}", values)
            found = fetch(connection, rule.sql, {n: p.default for n, p in rule.params.items()})
            if rule.id not in NULL_PARENTS:
                assert all(row["resource"] is not None for row in found), seed
                keys = [(r["resource"], *map(str, (r[n] for n in rule.identity))) for r in found]
                assert len(keys) == len(set(keys)), seed


NULL_PARENTS = {"access/grant-by-hand"}
"""Rules whose resource is the parent of a part: a part always has one."""

WORDS = [
    "a",
    "b",
    "c",
    "*",
    "",
    "AWS/SQS",
    "available",
    "arn:aws:sqs:a:a:a",
    "declared",
    "role",
    "s3:*",
]
TEXTS = [
    "null", "[]", "{}", '[{"deadLetterTargetArn":"a"}]', '{"deadLetterTargetArn":"a"}', '"text"', "7",
    '[{"security_group_ids":["a"],"arn":null}]',
]  # fmt: skip


def _rows(table: str, chance: random.Random) -> Iterator[list[Any]]:
    columns = relations()[table]
    for number in range(6):
        row = [_value(kind, chance) for kind in columns.values()]
        names = list(columns)
        if "resource" in columns and table not in ("declared", "comparisons", "trusts", "grants"):
            # AWS names a resource once; a table about pairs has each pair once
            own = f"{'abcdef'[number]}" if number < 3 else f"{table}/{number}"
            row[names.index("resource")] = own
        if "id" in columns:
            row[names.index("id")] = f"{'abcdef'[number]}"
        yield row


def _value(kind: str, chance: random.Random) -> Any:
    if chance.random() < 0.25:
        return None
    if kind == "JSON":
        return chance.choice(TEXTS)
    if kind.endswith("[]"):
        return [chance.choice(WORDS) for _ in range(chance.randrange(3))]
    if kind.startswith("MAP"):
        return {"QueueName": chance.choice(WORDS), "x": None}
    if kind == "BIGINT":
        return chance.choice([-1, 0, 1, 22, 65535])
    if kind == "DOUBLE":
        return chance.choice([0.0, 1.5])
    if kind == "BOOLEAN":
        return chance.random() < 0.5
    if kind == "TIMESTAMP":
        return chance.choice([datetime(2020, 1, 1), datetime(2026, 11, 23), datetime(9999, 1, 1)])
    return chance.choice(WORDS)


# --- the index -----------------------------------------------------------------------------------


def test_the_index_is_up_to_date() -> None:
    text_ = rulebook.README.read_text(encoding="utf-8")
    assert rulebook.with_index(text_) == text_, "run: python -m tests.judge.rulebook"


def test_the_readme_explains_every_key_of_a_header() -> None:
    from scanner.judge.load import _Header

    text_ = rulebook.README.read_text(encoding="utf-8")
    for key in _Header.__struct_fields__:
        assert f"| `{key}` |" in text_
    for role in ROLES:
        assert f"`{role}`" in text_


def test_the_readmes_example_is_the_rule_as_it_is() -> None:
    text_ = rulebook.README.read_text(encoding="utf-8")
    example = text_.partition("```sql\n")[2].partition("```")[0]
    shipped = rulebook.sql_file("watch/topic-without-subscriber").read_text(encoding="utf-8")
    assert example == re.sub(r"\n-- counts.*", "", shipped)


OWN_INTERFACE = {
    "aws_ec2_instance_connect_endpoint", "aws_dms_replication_instance", "aws_mq_broker",
}  # fmt: skip
"""What cannot be without a network interface of its own: those are searched."""


def test_every_collected_use_of_a_security_group_is_read() -> None:
    read = lineage(RULES["orphan/unused-security-group"].sql)
    names = re.compile("(security|source_security|referenced)_groups?(_ids)?$")
    numbers = "aws_vpc_security_group_", "aws_security_group", "aws_network_interface_sg"
    for kind in load().values():
        paths = [a for a in kind.kept.values() if a.kind in ("set", "list", "arns_or_names")]
        inside = [(n, a.of) for n, a in kind.kept.items() if a.of]
        direct = {n for n, a in kind.kept.items() if a in paths and names.search(n)}
        nested = {n for n, of in inside if any(names.search(inner) for inner in of)}
        # a launch template's groups are told by one fact, a group's rules on the group
        nested -= {"network_interfaces"} if kind.type == "aws_launch_template" else set()
        if kind.type.startswith(numbers) or kind.type in OWN_INTERFACE:
            continue
        if direct or nested:
            assert kind.type in read.tables, kind.type
            assert (direct | nested) & read.columns, kind.type
