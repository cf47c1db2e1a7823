"""Where we and Terraform differ there is a known reason, or it is called a disagreement."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanner.declared.plan import Drift, Object, Plan, Secret, parse
from scanner.derive.evidence import CHANGED_RULE, MISSING_RULE, Evidence, Pair, weigh
from scanner.derive.reasons import (
    COMPUTED,
    COMPUTED_ONLY,
    DISAGREEMENT,
    EQUIVALENT,
    GONE,
    MIRROR,
    NOT_COLLECTED,
    NOT_IN_TABLES,
    NULL,
    UNREADABLE,
    computed_only,
)
from scanner.errors import ReportError
from scanner.model import (
    ACTUAL_COUNTS,
    DECLARED_COUNTS,
    SCHEMA,
    Counts,
    Coverage,
    Finding,
    Gap,
    Owner,
    Report,
    RuleSummary,
    Scan,
    Source,
)

from .computed import made as computed
from .made import ACCOUNT, REGION, SOURCE, arn

PLANS = Path(__file__).parents[2] / "fixtures" / "plans"
NOW = "2026-11-23T02:00:00Z"
QUEUE = "aws_sqs_queue"
QUEUE_ARN = arn("sqs", "q")


def kept(name: str) -> Plan:
    return parse(f"{name}.json", gzip.decompress((PLANS / f"{name}.json.gz").read_bytes()))


def drift(type_: str, before: dict[str, Any], after: dict[str, Any] | None, **more: Any) -> Drift:
    """An object named n that Terraform calls changed, or gone where `after` is None."""
    address = more.pop("address", f"{type_}.n")
    before = {"id": "n", **before}
    after = None if after is None else {"id": "n", **after}
    names = {n for n in before if after is not None and before[n] != after.get(n)} | {
        n for n in after or {} if n not in before
    }
    return Drift(
        address=address, previous=more.get("previous", address), module="", type=type_, name="n",
        index=None, provider="", gone=after is None, changed=frozenset(names), before=before,
        after=after or {},
    )  # fmt: skip


def planned(*drifts: Drift, objects: Iterable[Object] = ()) -> Plan:
    own = (Object(d.previous, d.type, d.before) for d in drifts)
    return Plan("plan.json", "1.11.4", NOW, drifts, (*own, *objects))


def finding(type_: str, attribute: str = GONE, **more: Any) -> Finding:
    """Ours about the object named n."""
    gone = attribute == GONE
    fields: dict[str, Any] = {
        "fingerprint": f"{type_}-{attribute}", "rule": MISSING_RULE if gone else CHANGED_RULE,
        "severity": "medium", "status": "new", "resource": f"{ACCOUNT}/{REGION}/{type_}/n",
        "type": type_, "id": "n", "name": "n", "account": ACCOUNT, "region": REGION,
        "address": f"{type_}.n", "owner": Owner(None, "", "missing"), "says": "",
        "evidence": {"id": "n"} if gone else {"attribute": attribute}, "first_seen": NOW, "fix": "",
    }  # fmt: skip
    return Finding(**fields | more)


def source(status: str = "ok", name: str = SOURCE) -> Source:
    return Source(name, status, "", 1, "", "1.11.4", 1, "")


def rule(id_: str) -> RuleSummary:
    return RuleSummary(id_, "", "medium", "request", "", "", 1, 0, 0)


def scanned(*findings: Finding, **more: Any) -> Report:
    return Report(
        schema=SCHEMA,
        scan=Scan("20261123T020000Z-000000", NOW, NOW, "0", NOW, (ACCOUNT,), (REGION,)),
        coverage=Coverage(1, 1, 100.0, more.pop("gaps", ())),
        counts=Counts(dict.fromkeys(DECLARED_COUNTS, 0), dict.fromkeys(ACTUAL_COUNTS, 0)),
        findings=findings,
        **{
            "rules": (rule(CHANGED_RULE), rule(MISSING_RULE)),
            "sources": (source(),),
            **more,
        },
    )


def pairs(found: Iterable[Pair]) -> list[tuple[str, str, str]]:
    return [(pair.address, pair.attribute, pair.reason) for pair in found]


def reason(one: Drift, *objects: Object, **report: Any) -> tuple[str, str]:
    """The reason of the only change, which we do not call one."""
    found = weigh(planned(one, objects=objects), scanned(**report))
    (pair,) = found.only_terraform
    assert found.agreed == found.only_watchbill == ()
    assert found.disagreements == (pair.reason == DISAGREEMENT)
    return pair.reason, pair.detail


def changed(type_: str, name: str, before: Any, after: Any, **others: Any) -> Drift:
    return drift(type_, {**others, name: before}, {**others, name: after})


def test_the_list_of_computed_attributes_is_the_providers() -> None:
    assert COMPUTED.read_text(encoding="utf-8") == computed(), (
        "the catalog or the provider changed: python -m tests.derive.computed"
    )
    assert computed_only()["aws_db_instance"] >= {"latest_restorable_time", "status"}
    assert "tags_all" not in computed_only()["aws_s3_bucket"]
    assert COMPUTED.stat().st_size < 50_000


def test_both_call_the_same_changed_and_gone() -> None:
    plan = planned(
        changed(QUEUE, "delay_seconds", 0, 7), drift("aws_iam_user", {"name": "n"}, None)
    )
    found = weigh(plan, scanned(finding(QUEUE, "delay_seconds"), finding("aws_iam_user")))
    assert pairs(found.agreed) == [
        ("aws_iam_user.n", GONE, ""),
        ("aws_sqs_queue.n", "delay_seconds", ""),
    ]
    assert found.agreed[1].fingerprint == "aws_sqs_queue-delay_seconds"
    assert (found.only_terraform, found.only_watchbill, found.disagreements) == ((), (), 0)
    assert (found.recall, found.precision) == (1.0, 1.0)


def test_what_only_one_calls_changed_is_a_disagreement() -> None:
    plan = planned(changed(QUEUE, "delay_seconds", 0, 7), drift("aws_iam_user", {}, None))
    said = finding(QUEUE, "visibility_timeout_seconds")
    found = weigh(plan, scanned(said))
    assert pairs(found.only_terraform) == [
        ("aws_iam_user.n", GONE, DISAGREEMENT),
        ("aws_sqs_queue.n", "delay_seconds", DISAGREEMENT),
    ]
    assert pairs(found.only_watchbill) == [
        ("aws_sqs_queue.n", "visibility_timeout_seconds", DISAGREEMENT)
    ]
    assert (found.disagreements, found.recall, found.precision) == (3, 0.0, 0.0)


def test_a_waived_finding_is_said_and_one_that_went_is_not() -> None:
    plan = planned(changed(QUEUE, "delay_seconds", 0, 7))
    said = finding(QUEUE, "delay_seconds")
    assert weigh(plan, scanned(replace(said, status="waived"))).disagreements == 0
    assert weigh(plan, scanned(replace(said, status="gone"))).disagreements == 1


@pytest.mark.parametrize(
    ("one", "wanted", "detail"),
    [
        (changed("aws_db_instance", "latest_restorable_time", "a", "b"), COMPUTED_ONLY, ""),
        (changed("aws_alb", "dns_name", "a", "b"), COMPUTED_ONLY, ""),
        (changed("aws_secretsmanager_secret_version", "version_id", "a", "b"), NOT_COLLECTED, ""),
        (changed("random_id", "hex", "a", "b"), NOT_COLLECTED, ""),
        (drift("random_id", {}, None), NOT_COLLECTED, ""),
        (drift("aws_lambda_permission", {"qualifier": "live"}, None), NOT_COLLECTED, "qualifier"),
        (changed("aws_ssm_parameter", "value", "a", "b"), NOT_IN_TABLES, ""),
        (changed("aws_ebs_volume", "iops", 1, 2, type="standard"), NOT_IN_TABLES, "only where"),
        (
            changed(QUEUE, "tags_all", {"aws:a": "1"}, {"aws:a": "2"}, tags={}),
            NOT_IN_TABLES,
            "tags",
        ),
        (changed(QUEUE, "delay_seconds", None, 7), NULL, ""),
        (changed("aws_security_group", "ingress", None, [{"self": True}]), NULL, ""),
    ],
    ids=lambda value: f"{value.type}-{value.gone}" if isinstance(value, Drift) else "",
)
def test_a_known_limit_is_named(one: Drift, wanted: str, detail: str) -> None:
    found = reason(one)
    assert found[0] == wanted
    assert detail in found[1]


def test_what_is_computed_and_compared_all_the_same_has_no_excuse() -> None:
    assert "version" in computed_only()["aws_ssm_parameter"]
    assert reason(changed("aws_ssm_parameter", "version", 1, 2))[0] == DISAGREEMENT


def test_an_attribute_counts_under_the_name_that_our_tables_have_for_it() -> None:
    one = changed("aws_elasticache_cluster", "engine_version_actual", "7.0.1", "7.1.0")
    found = weigh(planned(one), scanned(finding("aws_elasticache_cluster", "engine_version")))
    assert pairs(found.agreed) == [("aws_elasticache_cluster.n", "engine_version_actual", "")]
    assert found.only_watchbill == ()


def test_tags_and_tags_all_are_one() -> None:
    tags = {"team": "a"}
    one = drift(QUEUE, {"tags": tags, "tags_all": tags}, {"tags": {}, "tags_all": {}})
    assert pairs(weigh(planned(one), scanned(finding(QUEUE, "tags"))).agreed) == [
        ("aws_sqs_queue.n", "tags", "")
    ]
    # a tag of the provider's default_tags is in tags_all alone
    default = drift(QUEUE, {"tags": {}, "tags_all": tags}, {"tags": {}, "tags_all": {}})
    assert len(weigh(planned(default), scanned(finding(QUEUE, "tags"))).agreed) == 1
    assert reason(default)[0] == DISAGREEMENT


def test_ignored_tags_are_those_of_the_settings() -> None:
    one = changed(QUEUE, "tags_all", {}, {"billing:x": "1"}, tags={})
    assert weigh(planned(one), scanned(), ("billing:",)).disagreements == 0
    assert weigh(planned(one), scanned(), ("other:",)).disagreements == 1


BUCKET = drift(
    "aws_s3_bucket",
    {"versioning": [{"enabled": True, "mfa_delete": False}]},
    {"versioning": [{"enabled": False, "mfa_delete": False}]},
)


def test_a_mirror_is_one_only_where_the_separate_resource_is_declared_for_it() -> None:
    def versioning(bucket: str) -> Object:
        return Object("aws_s3_bucket_versioning.n", "aws_s3_bucket_versioning", {"bucket": bucket})

    assert reason(BUCKET, versioning("n")) == (MIRROR, "aws_s3_bucket_versioning")
    assert reason(BUCKET, versioning("other"))[0] == DISAGREEMENT
    assert reason(BUCKET)[0] == DISAGREEMENT


HTTPS = {"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["10.0.0.0/8"]}
ROGUE = {**HTTPS, "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"]}
OWN_RULE = Object(
    "aws_vpc_security_group_ingress_rule.r",
    "aws_vpc_security_group_ingress_rule",
    {"id": "sgr-1", "security_group_id": "n", "ip_protocol": "tcp", "from_port": 443, "to_port": 443,
     "cidr_ipv4": "10.0.0.0/8"},
)  # fmt: skip


def test_a_rule_of_its_own_is_a_mirror_in_its_group_and_any_other_rule_is_not() -> None:
    group = changed("aws_security_group", "ingress", [], [HTTPS])
    assert reason(group, OWN_RULE)[0] == MIRROR
    assert reason(group)[0] == DISAGREEMENT
    assert reason(changed("aws_security_group", "ingress", [], [HTTPS, ROGUE]), OWN_RULE)[0] == (
        DISAGREEMENT
    )
    assert (
        reason(changed("aws_security_group", "ingress", [HTTPS], []), OWN_RULE)[0] == DISAGREEMENT
    )


HEALTH = "unhealthy_state_routing"


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        # a member that no table line compares
        ([{"cpu_credits": "standard", "odd": 1}], [{"cpu_credits": "standard", "odd": 2}], NOT_IN_TABLES),
        ([{"cpu_credits": None}], [{"cpu_credits": "unlimited"}], DISAGREEMENT),
        ([{"cpu_credits": "standard"}], [{"cpu_credits": "unlimited"}], DISAGREEMENT),
        ([{"cpu_credits": "standard"}], [], DISAGREEMENT),
    ],
)  # fmt: skip
def test_members_of_a_block(before: Any, after: Any, wanted: str) -> None:
    one = changed(
        "aws_launch_template", "credit_specification", before, after, instance_type="t3.a"
    )
    assert reason(one)[0] == wanted


def test_a_parameter_that_went_is_a_limit_and_one_that_is_otherwise_is_not() -> None:
    def given(**values: str) -> list[dict[str, str]]:
        return [{"name": n, "value": v, "apply_method": "immediate"} for n, v in values.items()]

    for after, wanted in (
        (given(a="1"), NOT_IN_TABLES),
        ([], NOT_IN_TABLES),
        (given(a="2"), DISAGREEMENT),
        (given(a="1", c="3"), DISAGREEMENT),
    ):
        one = changed("aws_db_parameter_group", "parameter", given(a="1", b="2"), after)
        assert reason(one)[0] == wanted
    for told, wanted in ((None, NOT_IN_TABLES), (0, DISAGREEMENT), (99, DISAGREEMENT)):
        one = changed("aws_ecs_service", "deployment_minimum_healthy_percent", 50, told)
        assert reason(one)[0] == wanted


def test_a_member_that_is_null_in_the_state_is_not_compared() -> None:
    name = "metadata_options"
    before = [{"http_tokens": "required", "http_endpoint": None}]
    after = [{"http_tokens": "required", "http_endpoint": "enabled"}]
    found = reason(changed("aws_launch_template", name, before, after))
    assert found == (NULL, "only members that are null in the state")
    after = [{"http_tokens": "optional", "http_endpoint": "enabled"}]
    assert reason(changed("aws_launch_template", name, before, after))[0] == DISAGREEMENT


def policy(**statement: Any) -> str:
    """One grant, written in a way of its own."""
    grant = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sqs:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [grant | statement]})


ROOT = {"AWS": [f"arn:aws:iam::{ACCOUNT}:root"]}
REWRITTEN = policy(Action=["SQS:*"], Resource=["*"], Principal=ROOT)


@pytest.mark.parametrize(
    ("type_", "name", "before", "after", "wanted"),
    [
        ("aws_sqs_queue_policy", "policy", policy(), REWRITTEN, EQUIVALENT),
        ("aws_sqs_queue_policy", "policy", policy(), policy(Action=["sqs:Get*"]), DISAGREEMENT),
        ("aws_sqs_queue_policy", "policy", policy(), policy(Principal="*"), DISAGREEMENT),
        ("aws_sqs_queue_policy", "policy", policy(), None, DISAGREEMENT),
        ("aws_sqs_queue_policy", "policy", policy(), "{", DISAGREEMENT),
        ("aws_sqs_queue_policy", "policy", policy(), Secret(b""), DISAGREEMENT),
        ("aws_cloudwatch_event_rule", "event_pattern", '{"a":[1],"b":2}', '{"b": 2, "a": [1]}', EQUIVALENT),
        ("aws_cloudwatch_event_rule", "event_pattern", '{"a":[1]}', '{"a":[1,2]}', DISAGREEMENT),
        # another spelling of what is no document has no excuse
        ("aws_ecs_service", "task_definition", "arn:aws:ecs:::task-definition/a:1", "a:1", DISAGREEMENT),
        # of two blocks the one says the same otherwise, the other something else
        ("aws_iam_role", "inline_policy", [{"name": "a", "policy": policy()}],
         [{"name": "a", "policy": REWRITTEN}], EQUIVALENT),
        ("aws_iam_role", "inline_policy", [{"name": "a", "policy": policy()}],
         [{"name": "b", "policy": REWRITTEN}], DISAGREEMENT),
    ],
)  # fmt: skip
def test_a_document_that_says_the_same_is_listed_and_not_counted(
    type_: str, name: str, before: Any, after: Any, wanted: str
) -> None:
    one = changed(type_, name, before, after)
    assert reason(one) == (wanted, "")
    counted = weigh(planned(one), scanned()).counted
    assert counted == (wanted == DISAGREEMENT)
    # what we call changed too is agreed, whatever it says
    assert len(weigh(planned(one), scanned(finding(type_, name))).agreed) == 1


def gap(operation: str, type_: str, region: str = REGION) -> Gap:
    service, _, name = operation.partition(".")
    return Gap(ACCOUNT, region, service, name, "denied", "AccessDenied", "", 1, (type_,), ())


@pytest.mark.parametrize(
    ("one", "call", "wanted"),
    [
        (changed(QUEUE, "delay_seconds", 0, 7), "sqs.get_queue_attributes", UNREADABLE),
        (changed(QUEUE, "delay_seconds", 0, 7), "sqs.list_queues", UNREADABLE),
        (changed(QUEUE, "delay_seconds", 0, 7), "sqs.list_queue_tags", DISAGREEMENT),
        (changed(QUEUE, "tags", {}, {"a": "b"}), "sqs.list_queue_tags", UNREADABLE),
        (drift(QUEUE, {}, None), "sqs.list_queues", UNREADABLE),
        (drift(QUEUE, {}, None), "sqs.get_queue_attributes", DISAGREEMENT),
        (drift("aws_s3_bucket_versioning", {}, None), "s3.get_bucket_versioning", UNREADABLE),
    ],
)
def test_what_the_scan_could_not_read_is_told_by_the_call_it_needs(
    one: Drift, call: str, wanted: str
) -> None:
    assert reason(one, gaps=(gap(call, one.type),))[0] == wanted


def test_a_gap_elsewhere_explains_nothing() -> None:
    one = changed(QUEUE, "delay_seconds", 0, 7, arn=QUEUE_ARN)
    assert reason(one, gaps=(gap("sqs.list_queues", QUEUE),))[0] == UNREADABLE
    assert reason(one, gaps=(gap("sqs.list_queues", QUEUE, "us-west-2"),))[0] == DISAGREEMENT
    assert reason(one, gaps=(gap("sqs.list_queues", "aws_sns_topic"),))[0] == DISAGREEMENT


@pytest.mark.parametrize(
    ("place", "detail"),
    [
        (arn("sqs", "q", region="us-west-2"), "us-west-2 was not scanned"),
        (arn("sqs", "q", account="210987654321"), "210987654321 was not scanned"),
    ],
)
def test_another_region_or_account_was_not_scanned(place: str, detail: str) -> None:
    assert reason(changed(QUEUE, "delay_seconds", 0, 7, arn=place)) == (UNREADABLE, detail)


def test_what_the_scan_called_unknown_is_unreadable_and_says_why() -> None:
    unknown = replace(finding(QUEUE, "delay_seconds"), status="unknown", unknown_because="denied")
    found = weigh(planned(changed(QUEUE, "delay_seconds", 0, 7)), scanned(unknown))
    assert pairs(found.only_terraform) == [("aws_sqs_queue.n", "delay_seconds", UNREADABLE)]
    assert found.only_terraform[0].detail == "denied"
    assert weigh(planned(drift("aws_iam_user", {}, {})), scanned(unknown)).only_watchbill == ()


def test_a_state_that_was_not_read_explains_only_where_no_finding_shows_that_it_was() -> None:
    sources = (source(), source("malformed", "b.tfstate"))
    one = changed(QUEUE, "delay_seconds", 0, 7)
    assert reason(one, sources=sources) == (UNREADABLE, "b.tfstate could not be read")
    said = finding("aws_iam_user")
    plan = planned(one, drift("aws_iam_user", {}, None))
    found = weigh(plan, scanned(said, sources=sources))
    assert pairs(found.only_terraform) == [("aws_sqs_queue.n", "delay_seconds", DISAGREEMENT)]
    stale = (source(), source("stale", "b.tfstate"))
    assert reason(one, sources=stale)[0] == DISAGREEMENT


def test_findings_of_another_state_are_counted_apart() -> None:
    plan = planned(changed(QUEUE, "delay_seconds", 0, 7, arn=QUEUE_ARN))
    other = finding(QUEUE, "delay_seconds", address="aws_sqs_queue.other")
    found = weigh(plan, scanned(other))
    assert (len(found.elsewhere), found.only_watchbill) == (1, ())
    # the same address in another state is another queue
    theirs = finding(QUEUE, "delay_seconds", resource=arn("sqs", "theirs"))
    two = (source(), source(name="b.tfstate"))
    found = weigh(plan, scanned(theirs, sources=two))
    assert (len(found.elsewhere), found.agreed, found.disagreements) == (1, (), 1)
    # and one queue of two states has one finding, at either address
    shared = finding(QUEUE, "delay_seconds", resource=QUEUE_ARN, address="aws_sqs_queue.other")
    assert len(weigh(plan, scanned(shared, sources=two)).agreed) == 1


def test_a_moved_object_is_known_by_the_states_address() -> None:
    one = replace(changed(QUEUE, "delay_seconds", 0, 7), address="aws_sqs_queue.new")
    assert len(weigh(planned(one), scanned(finding(QUEUE, "delay_seconds"))).agreed) == 1


def test_recall_leaves_out_what_nobody_configures_or_is_told_elsewhere() -> None:
    plan = planned(
        changed(QUEUE, "delay_seconds", 0, 7),
        changed("aws_db_instance", "latest_restorable_time", "a", "b"),
        changed("random_id", "hex", "a", "b"),
        changed("aws_ssm_parameter", "value", "a", "b"),
        BUCKET,
        objects=[Object("aws_s3_bucket_versioning.n", "aws_s3_bucket_versioning", {"bucket": "n"})],
    )
    found = weigh(plan, scanned(finding(QUEUE, "delay_seconds")))
    assert (found.counted, found.recall, found.precision) == (2, 0.5, 1.0)
    assert found.disagreements == 0
    nothing = weigh(planned(), scanned())
    assert (nothing.recall, nothing.precision) == (None, None)


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (scanned(sources=()), "read no state"),
        (scanned(sources=(source("malformed"),)), "read no state"),
        (scanned(rules=(rule(MISSING_RULE),)), CHANGED_RULE),
        (
            scanned(finding("watchbill_rule", id=CHANGED_RULE, rule="watchbill/rule-failed")),
            CHANGED_RULE,
        ),
    ],
)
def test_a_scan_without_a_verdict_is_refused(report: Report, words: str) -> None:
    with pytest.raises(ReportError, match=words):
        weigh(planned(), report)


def reasons(found: Evidence) -> dict[tuple[str, str], str]:
    return {(pair.address, pair.attribute): pair.reason for pair in found.only_terraform}


def test_nothing_was_changed_after_a_first_apply_and_terraform_says_so_too_but_for_mirrors() -> (
    None
):
    plan = kept("raw")
    assert len(plan.drift) == 2
    found = weigh(plan, scanned())
    assert reasons(found) == {
        ("aws_s3_bucket.b", "versioning"): MIRROR,
        ("aws_security_group.g", "ingress"): MIRROR,
    }


def test_a_clean_plan_agrees_with_a_clean_scan() -> None:
    found = weigh(kept("clean"), scanned())
    assert (found.agreed, found.only_terraform, found.only_watchbill) == ((), (), ())


def test_no_secret_is_in_what_was_weighed() -> None:
    found = weigh(kept("drift"), scanned())
    assert ("aws_ssm_parameter.p[0]", "value") in reasons(found)
    assert "scrubbed" not in repr(found)
