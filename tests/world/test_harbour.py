"""Harbour: our verdict against Terraform's own, and against the truth about what was seeded."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from scanner.catalog import aliases, load
from scanner.model import Finding, Report

pytestmark = [pytest.mark.world, pytest.mark.xdist_group("harbour")]

COMPUTED = {
    "latest_restorable_time",
    "qualified_arn",
    "qualified_invoke_arn",
    "latest_version",
    "tags_all",  # a drift of `tags` too, which is configurable
}
"""What Terraform lists beside what a person can configure (fixtures/worlds/README.md)."""

NEVER_READ = {("aws_ssm_parameter.fee", "value")}
"""A parameter's value is not read; that it was written shows in `version`."""

NULL_DECLARED = {("aws_vpc_security_group_ingress_rule.database", "description")}
"""The emulator dropped it at creation, so the state holds null: nobody's wish, and not compared."""

COMPUTED_BY_TYPE = {"aws_lambda_function": {"version"}}

EMULATOR = {("aws_db_parameter_group.ledger", "parameter")}
"""The emulator's own doing, not a person's (fixtures/worlds/README.md)."""

MIRRORS = {
    "aws_s3_bucket": {"versioning", "lifecycle_rule", "policy", "logging", "grant"},
    "aws_sqs_queue": {"policy"},
    "aws_sns_topic": {"policy"},
    "aws_iam_role": {"inline_policy", "managed_policy_arns"},
    "aws_instance": {"ebs_block_device"},
}
"""Attributes that repeat a resource of their own: told once, there, where it is declared."""

FAMILIES = {
    "unmanaged": "drift/",
    "unowned": "ownership/",
    "expired": "ownership/",
    "orphan": "orphan/",
    "sprawl": "access/",
    "silent": "watch/",
    "unrecoverable": "recovery/",
}

UNOWNED_TYPES = {
    "aws_sqs_queue", "aws_sns_topic", "aws_dynamodb_table", "aws_s3_bucket", "aws_ebs_volume",
    "aws_eip", "aws_network_interface", "aws_ebs_snapshot", "aws_security_group",
    "aws_cloudwatch_log_group", "aws_secretsmanager_secret", "aws_instance", "aws_iam_role",
    "aws_iam_user",
}  # fmt: skip
"""The types whose list of unowned resources is complete (truth.json says so)."""


OVERLOOKED = {"harbour-ab-test"}
"""A load balancer that src/search.tf gives the tag expires = 2025-09-01; truth.json leaves it out."""


def oracle(world: Path, revision: str) -> set[tuple[str, str]]:
    """(address, attribute) of everything Terraform calls drift, of the types that are collected."""
    document = json.loads((world / f"oracle{revision}.json").read_text())
    known = {
        (drift["address"], attribute)
        for drift in document["drift"]
        for attribute in drift["changed"]
        if aliases().get(drift["type"])
        and attribute not in COMPUTED | COMPUTED_BY_TYPE.get(drift["type"], set())
    }
    return known - EMULATOR - NEVER_READ - NULL_DECLARED


def ours(report: Report) -> set[tuple[str, str]]:
    """The same of our findings."""
    changed = {
        (str(f.address), str(f.evidence["attribute"]))
        for f in report.findings
        if f.rule == "drift/changed-attribute"
    }
    gone = {
        (str(f.address), "<gone>") for f in report.findings if f.rule == "drift/missing-resource"
    }
    return changed | gone


def mirrored(address: str, attribute: str) -> bool:
    kind = re.findall(r"(aws_\w+)\.", address)[-1]
    return attribute in MIRRORS.get(kind, set())


@pytest.mark.parametrize("revision", ["1", "2"])
def test_drift_equals_terraforms_own_verdict(
    revision: str, world: Path, reports: dict[str, Report]
) -> None:
    wanted, found = oracle(world, revision), ours(reports[f"rev{revision}"])
    lacking = {pair for pair in wanted - found if not mirrored(*pair)}
    assert not lacking, "Terraform calls this drift"
    assert not found - wanted, "Terraform does not call this drift"
    assert len(wanted) > 20


@pytest.mark.parametrize("revision", ["1", "2"])
def test_a_state_that_was_never_refreshed_shows_no_other_drift(
    revision: str, reports: dict[str, Report]
) -> None:
    raw, refreshed = ours(reports[f"rev{revision}.raw"]), ours(reports[f"rev{revision}"])
    # a policy that the refresh dropped from the state is told on its own resource before, and on
    # its queue after; a parameter that it dropped (the emulator does not say who set it) is told before alone
    moved = {
        ("aws_sqs_queue_policy.capture", "policy"),
        ('module.worker["capture"].aws_sqs_queue.main', "policy"),
        ("aws_db_parameter_group.ledger", "parameter"),
    }
    assert raw - moved == refreshed - moved


@pytest.mark.parametrize("state", ["rev1", "rev2"])
def test_every_declared_type_of_the_world_is_collected(
    state: str, reports: dict[str, Report]
) -> None:
    unsupported = sorted(
        coverage.type for coverage in reports[state].types if coverage.type not in load()
    )
    assert unsupported == ["aws_secretsmanager_secret_version"]  # it is the secret's value


@pytest.mark.parametrize("state", ["rev1", "rev2"])
def test_everything_was_seen_and_counted_once(state: str, reports: dict[str, Report]) -> None:
    report = reports[state]
    assert report.coverage.percent == 100.0, report.coverage.gaps
    document = sum(source.instances for source in report.sources)
    assert sum(report.counts.declared.values()) == document > 150
    assert report.counts.declared["unreadable"] == 0
    assert report.counts.declared["out_of_scope"] == 0
    assert report.counts.actual["double_declared"] == 0
    assert report.counts.actual["unknown"] == 0


def truth(world: Path, kind: str) -> list[str]:
    document = json.loads((world / "truth.json").read_text())
    return [item["resource"] for item in document["kinds"][kind]["items"]]


def names(finding: Finding) -> set[str]:
    """Every way a reader may name the resource of a finding."""
    # Secrets Manager ends an ARN with six random characters, which the truth leaves out; the ARN of
    # a snapshot has no account, and there the truth has one
    owned = finding.resource.replace("::snapshot/", f":{finding.account}:snapshot/")
    return {finding.resource, finding.resource[:-7], owned, finding.id, finding.name}


def found(report: Report, families: Any) -> list[Finding]:
    return [f for f in report.findings if f.rule.startswith(families) and f.status == "new"]


@pytest.mark.parametrize("kind", sorted(FAMILIES))
def test_every_seeded_problem_is_found_in_its_family(
    kind: str, world: Path, reports: dict[str, Report]
) -> None:
    seen = set().union(*(names(f) for f in found(reports["rev2"], FAMILIES[kind])))
    assert [resource for resource in truth(world, kind) if resource not in seen] == []


@pytest.mark.parametrize(
    ("kind", "rule"),
    [("unmanaged", "drift/unmanaged-resource"), ("expired", "ownership/expired-resource")],
)
def test_nothing_but_the_seeded_is_found(
    kind: str, rule: str, world: Path, reports: dict[str, Report]
) -> None:
    known = set(truth(world, kind)) | OVERLOOKED
    extra = [f.resource for f in found(reports["rev2"], rule) if not names(f) & known]
    assert extra == []


def test_exactly_the_seeded_are_unowned(world: Path, reports: dict[str, Report]) -> None:
    known = set(truth(world, "unowned"))
    extra = [
        f.resource
        for f in found(reports["rev2"], "ownership/unowned-resource")
        if f.type in UNOWNED_TYPES and not names(f) & known
    ]
    assert extra == []


BESIDE = {"harbour-contractor"}
"""A key pair that truth.json lists as expired; no instance and no launch template uses it."""


def test_exactly_the_seeded_are_orphans(world: Path, reports: dict[str, Report]) -> None:
    orphans = found(reports["rev2"], "orphan/")
    known = set(truth(world, "orphan"))
    assert [f.says for f in orphans if not names(f) & (known | BESIDE)] == []
    assert sorted(known - set().union(*(names(f) for f in orphans))) == []
    per_resource = Counter(f.resource for f in orphans)
    assert set(per_resource.values()) == {1}, "each is told once"
    costs = {f.name: f.evidence["monthly_cost"] for f in orphans if "monthly_cost" in f.evidence}
    # 500 and 200 GB of gp3, an address and a balancer, by the hour
    assert sorted(costs.values()) == [3.65, 16.0, 16.43, 40.0]
    assert reports["rev2"].figures is not None
    assert reports["rev2"].figures.waste.monthly == pytest.approx(76.08)
    assert reports["rev2"].figures.waste.priced == 4


ALSO_SILENT = {
    "harbour-web": "its only alarm is the one whose actions are switched off",
    "harbour-ab-test": "a load balancer without an alarm",
    "harbour-clicks": "its only alarm tells the topic that does not exist",
    "harbour-search-api": "an ECS service without an alarm",
    "harbour-price-experiment": "a table without an alarm",
    "seat-map-try": "a table without an alarm",
    "harbour-cache": "a cache without an alarm",
    "harbour-ledger": "a database with an alarm on its processor and none on its space",
    "aws_flow_log": "a flow log that is not delivered",
    "harbour-capture": "a nightly rule starts it, and what it fails at is kept nowhere",
}
"""What truth.json, which is not complete there, leaves out: each was looked at."""
ALSO_UNRECOVERABLE = {"harbour-cache": "it keeps no snapshots"}


@pytest.mark.parametrize(
    ("kind", "beside"), [("silent", ALSO_SILENT), ("unrecoverable", ALSO_UNRECOVERABLE)]
)
def test_exactly_the_seeded_are_silent_and_unrecoverable(
    kind: str, beside: dict[str, str], world: Path, reports: dict[str, Report]
) -> None:
    told = found(reports["rev2"], FAMILIES[kind])
    known = set(truth(world, kind))
    extra = {f.type if f.type in beside else f.name for f in told if not names(f) & known}
    assert extra == set(beside)


def test_the_cards_say_of_each_resource_what_the_findings_say(reports: dict[str, Report]) -> None:
    counted = reports["rev2"].readiness
    assert list(counted) == ["declared", "owned", "permitted", "watched", "recoverable"]
    whole = {sum(verdicts.values()) for verdicts in counted.values()}
    assert len(whole) == 1, "every resource has every line"
    # nobody declared how much may be lost, so nothing is said to be recoverable
    assert counted["recoverable"]["yes"] == 0
    assert counted["recoverable"]["unknown"] > 0
    assert counted["watched"]["unknown"] == 0
    assert counted["watched"]["yes"] == 13


def test_a_second_scan_says_the_same(aws: Any, world: Path, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from scanner.scan import scan
    from scanner.settings import Settings

    settings = Settings(states=(str(world / "rev2.tfstate"),), store=str(tmp_path))
    now = datetime(2026, 11, 23, tzinfo=UTC)
    first, second = scan(settings, now=now).report, scan(settings, now=now).report
    assert {f.fingerprint for f in first.findings} == {f.fingerprint for f in second.findings}
    assert {f.status for f in first.findings} == {"new"}
    assert {f.status for f in second.findings} == {"standing"}
    assert second.scan.previous == first.scan.id
    assert [f.first_seen for f in second.findings] == [f.first_seen for f in first.findings]


def test_a_second_region_tells_nothing_twice(
    aws: Any, world: Path, tmp_path: Path, reports: dict[str, Report]
) -> None:
    from scanner.scan import scan
    from scanner.settings import Settings

    settings = Settings(
        states=(str(world / "rev2.tfstate"),),
        store=str(tmp_path),
        regions=("us-east-1", "eu-west-1"),
        owner_tags=("team",),
    )
    report = scan(settings).report
    assert report.scan.regions == ("eu-west-1", "us-east-1")
    assert report.coverage.percent == 100.0
    single = {f.fingerprint for f in reports["rev2"].findings}
    assert {f.fingerprint for f in report.findings if f.region != "eu-west-1"} == single
    # the emulator gives every region a default VPC, and nothing else
    elsewhere = [f.says for f in report.findings if f.region == "eu-west-1" and f.type != "aws_vpc"]
    assert elsewhere == []


def test_the_ledger_of_grants_is_that_of_the_state_and_of_what_was_done_by_hand(
    world: Path, reports: dict[str, Report]
) -> None:
    ledger = reports["rev2"].grants
    assert ledger is not None
    assert not ledger.unseen
    state = json.loads((world / "rev2.tfstate").read_text())
    declared = sum(
        len(resource["instances"])
        for resource in state["resources"]
        if re.fullmatch("aws_iam_(role|user|group)_policy(_attachment)?", resource["type"])
    )
    lines = [line for line in ledger.lines if line.via in ("inline", "attached")]
    assert sum(line.how == "declared" for line in lines) == declared
    assert {line.principal.rpartition("/")[2] for line in lines if line.how == "by_hand"} == {
        "break-glass", "deploy-script", "harbour-suggest",
    }  # fmt: skip
    assert all(line.address for line in lines if line.how == "declared")
    (unseen,) = {line.used for line in lines if ":role/" in line.principal}
    assert unseen == "unknown"  # the emulator tells of no role's use: that is no finding about them
