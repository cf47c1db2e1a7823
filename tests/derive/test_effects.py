"""What a change means: the table against the catalog, and changes of which the meaning is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import product
from typing import Any

import pytest

from scanner.catalog import load
from scanner.derive.effects import OTHER_WAY, OTHERWISE, SAFER, Judged, effect, lines, table

NUMBERS = ("int", "float", "duration")
SWITCHES = re.compile(
    "encrypt|protect|public|log|backup|backtrack|multi_az|failover|versioning|rotation|secur|tls|ssl|auth|"
    "validat|audit|trail|access|block|ignore|restrict|endpoint|enabled$|check|execute|waf|monitor|"
    "trac|insight|upgrade|terminat|snapshot|assign|map_",
)
"""Names of switches that must have a line, or a reason for none."""
NEUTRAL = {
    "at_rest", "data_tiering_enabled", "cache_cluster_enabled", "stream_enabled", "connection_termination",
    "lambda_multi_value_headers_enabled", "multi_attach_enabled", "allow_version_upgrade", "debug_logging",
    "enable_monitoring", "is_ipv6_enabled", "job_run_queuing_enabled", "badge_enabled",
    "approved_patches_enable_non_security",
}  # fmt: skip
"""Switches of speed, size or shape whose names hold such a word by chance."""


def switches() -> Iterator[tuple[str, str]]:
    """Every compared attribute that is on or off."""
    for kind in load().values():
        for name, attribute in kind.attributes.items():
            if attribute.kind == "bool" and SWITCHES.search(name):
                yield kind.type, name


def test_every_line_speaks_of_something_that_is_compared() -> None:
    compared = [(k.type, name) for k in load().values() for name in [*k.attributes, "tags"]]
    unused = [
        (line.type, line.attribute)
        for line in (*table().effect, *table().harmless)
        if not any(
            fnmatchcase(type_, line.type) and fnmatchcase(name, line.attribute)
            for type_, name in compared
        )
    ]
    # what stands for types that are not collected yet
    assert [found for found in unused if found[1] not in EARLY] == []


EARLY = {
    "comment",
    "associate_public_ip_address",
    "require_imdsv2",
    "dashboard_body",
    "display_name",
}


def test_every_line_is_the_first_to_speak_somewhere() -> None:
    """No line stands behind others that always speak before it."""
    reached = set()
    for kind in load().values():
        for name in [*kind.attributes, "tags"]:
            for line in lines(kind.type, name):
                reached.add(line)
                if line.when == "any":
                    break
    hidden = [x for x in table().effect if x not in reached and x.attribute not in EARLY]
    assert hidden == []


@pytest.mark.parametrize(("type_", "name"), [*switches()])
def test_every_switch_that_matters_has_a_direction(type_: str, name: str) -> None:
    directed = [line for line in lines(type_, name) if line.when != "any"]
    whole = [line for line in lines(type_, name) if line.when == "any"]
    harmless = any(
        fnmatchcase(type_, h.type) and fnmatchcase(name, h.attribute) for h in table().harmless
    )
    assert directed or whole or harmless or name in NEUTRAL, f"{type_}.{name} has no line"


def test_numbers_have_directions_of_numbers() -> None:
    for kind in load().values():
        for name, attribute in kind.attributes.items():
            for line in lines(kind.type, name):
                if line.when in ("lower", "higher"):
                    assert attribute.kind in NUMBERS, (kind.type, name)
                if line.when.startswith("grants"):
                    shadowed = lines(kind.type, name)[0].when == "any"
                    assert attribute.kind == "policy" or shadowed, (kind.type, name)


def test_nothing_is_harmless_and_has_a_line() -> None:
    for harmless in table().harmless:
        assert len(harmless.why) > 10
        for kind in load().values():
            for name in kind.attributes:
                if fnmatchcase(kind.type, harmless.type) and fnmatchcase(name, harmless.attribute):
                    assert not [x for x in lines(kind.type, name) if x.type == "*"], name


DANGEROUS = [
    ("aws_db_instance", "publicly_accessible", False, True, "critical"),
    ("aws_db_instance", "deletion_protection", True, False, "high"),
    ("aws_db_instance", "backup_retention_period", 14, 1, "high"),
    ("aws_db_instance", "multi_az", True, False, "high"),
    ("aws_db_instance", "storage_encrypted", True, None, "high"),
    ("aws_ebs_volume", "encrypted", True, False, "high"),
    ("aws_lb", "internal", True, False, "critical"),
    ("aws_kms_key", "enable_key_rotation", True, False, "high"),
    ("aws_kms_key", "is_enabled", True, False, "critical"),
    ("aws_cloudtrail", "enable_logging", True, False, "critical"),
    ("aws_s3_bucket_public_access_block", "block_public_acls", True, False, "critical"),
    ("aws_s3_bucket_versioning", "versioning_configuration",
     [{"status": "Enabled"}], [{"status": "Suspended"}], "high"),
    ("aws_dynamodb_table", "point_in_time_recovery", [{"enabled": True}], [{"enabled": False}], "high"),
    ("aws_efs_backup_policy", "backup_policy", [{"status": "ENABLED"}], [{"status": "DISABLED"}], "high"),
    ("aws_cloudwatch_metric_alarm", "actions_enabled", True, False, "critical"),
    ("aws_cloudwatch_metric_alarm", "threshold", 5.0, 100.0, "high"),
    ("aws_cloudwatch_log_group", "retention_in_days", 90, 1, "high"),
    ("aws_sqs_queue", "message_retention_seconds", 345600, 60, "high"),
    ("aws_iam_access_key", "status", "Inactive", "Active", "high"),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "name", "declared", "actual", "severity"), DANGEROUS)
def test_the_dangerous_way_is_worse_than_the_safe_one(
    type_: str, name: str, declared: Any, actual: Any, severity: str
) -> None:
    assert effect(type_, name, declared, actual).severity == severity
    back = effect(type_, name, actual, declared)
    if name == "threshold":  # which way is louder says the rule watch/alarm-weakened
        assert back.severity == "high"
    elif name == "retention_in_days":
        assert back == Judged("logs are kept longer than declared", "medium") or back == SAFER
    else:
        assert back == SAFER, back


@pytest.mark.parametrize(
    ("type_", "name", "declared", "actual", "severity"),
    [
        ("aws_cloudwatch_metric_alarm", "alarm_description", "a", "b", "low"),
        ("aws_cloudwatch_metric_alarm", "tags", {"x": "1"}, {"x": "2"}, "low"),
        ("aws_cloudwatch_metric_alarm", "tags", {"team": "a"}, {"team": "b"}, "high"),
        ("aws_cloudwatch_metric_alarm", "tags", {"team": "a"}, {}, "high"),
        ("aws_cloudwatch_metric_alarm", "alarm_actions", ["t"], [], "critical"),
        ("aws_cloudwatch_metric_alarm", "alarm_actions", ["t"], ["t", "u"], "low"),
        ("aws_security_group", "ingress", ["tcp 443 x"], ["tcp 443 x", "tcp 22 y"], "critical"),
        ("aws_security_group", "ingress", ["tcp 443 x", "tcp 22 y"], ["tcp 443 x"], "medium"),
        ("aws_vpc_security_group_ingress_rule", "cidr_ipv4", "10.0.0.0/24", "0.0.0.0/0", "critical"),
        ("aws_vpc_security_group_ingress_rule", "cidr_ipv4", "10.0.0.0/16", "10.0.4.0/24", "medium"),
        ("aws_vpc_security_group_ingress_rule", "cidr_ipv6", "fd00::/8", "::/0", "critical"),
        ("aws_ecs_service", "network_configuration",
         [{"assign_public_ip": False}], [{"assign_public_ip": True}], "high"),
        ("aws_sqs_queue", "kms_master_key_id", "sensitive", "sensitive, differs", "high"),
        ("aws_sqs_queue", "delay_seconds", 0, 5, "medium"),
        ("aws_route53_record", "ttl", 60, 90, "medium"),
    ],
)  # fmt: skip
def test_what_a_change_means(
    type_: str, name: str, declared: Any, actual: Any, severity: str
) -> None:
    assert effect(type_, name, declared, actual, ("team",)).severity == severity


def test_what_has_no_line_is_medium() -> None:
    assert effect("aws_sqs_queue", "delay_seconds", 0, 5) == OTHERWISE


SHAPES = [None, "", 0, False, [], {}, "x", [1], [{"a": [None]}], {"a": 1}, 1.5, True, "10.0.0.0/8",
          [None], {"Statement": [1]}, {"Statement": [{"Effect": "Allow", "Action": 7}]}, -1]  # fmt: skip


@pytest.mark.parametrize(
    ("type_", "name"),
    [
        ("aws_sqs_queue", "policy"), ("aws_lb", "access_logs"), ("aws_security_group", "ingress"),
        ("aws_db_instance", "backup_retention_period"), ("aws_sqs_queue", "tags"),
        ("aws_vpc_security_group_ingress_rule", "cidr_ipv4"),
    ],
)  # fmt: skip
def test_no_value_of_any_shape_breaks_it(type_: str, name: str) -> None:
    for declared, actual in product(SHAPES, SHAPES):
        assert effect(type_, name, declared, actual, ("team",)).says


def test_directions_have_an_opposite() -> None:
    assert {OTHER_WAY[other] for other in OTHER_WAY} == {*OTHER_WAY}
