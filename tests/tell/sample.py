"""Reports to render: a small company's estate in every condition, without a scan."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scanner.model import (
    ACTUAL_COUNTS,
    DECLARED_COUNTS,
    SCHEMA,
    Counts,
    Coverage,
    Finding,
    Gap,
    Owner,
    OwnerState,
    Report,
    RuleSummary,
    Scan,
    Severity,
    Source,
    Status,
    TypeCoverage,
)

ACCOUNT, REGION, NOW = "123456789012", "us-east-1", "2026-11-23T00:00:00Z"

RULES: Mapping[str, tuple[Severity, str, str, str]] = {
    "drift/changed-attribute": (
        "high",
        "An attribute is not what the state declares",
        "Somebody changed it outside Terraform. The next apply reverts the change, or the next "
        "refresh hides it.",
        "Apply to bring the declared value back, or put the actual value into the configuration.",
    ),
    "drift/missing-resource": (
        "high",
        "A declared resource does not exist",
        "The state still lists it, so whatever depends on it fails or is silently unprotected.",
        "Apply to create it again, or remove it from the configuration.",
    ),
    "drift/unmanaged-resource": (
        "medium",
        "A resource that nobody declared",
        "Nobody reviews it, nobody recreates it, and it stays when its reason is gone.",
        "Import it with an import block, or delete it.",
    ),
    "ownership/unowned-resource": (
        "medium",
        "Nobody answers for a resource",
        "A problem with it reaches nobody.",
        "Tag it with the team that answers for it.",
    ),
    "ownership/expired-resource": (
        "medium",
        "A resource is past its own end date",
        "Its tag says it should be gone; until then it costs and can be attacked.",
        "Delete it, or move the date with a reason.",
    ),
    "orphan/unattached-volume": (
        "low",
        "A volume that no instance uses",
        "It is paid by the hour and may hold data that nobody watches.",
        "Take a snapshot and delete the volume.",
    ),
    "access/administrator-by-hand": (
        "critical",
        "Somebody made an administrator by hand",
        "It can do everything in the account, and no review ever saw it.",
        "Remove the policy, or declare the role with an owner and a reason.",
    ),
    "access/open-trust": (
        "critical",
        "A role that everybody may assume",
        "Any AWS account in the world can become this role.",
        "Name the accounts or services that may assume it.",
    ),
    "watch/alarm-without-action": (
        "high",
        "An alarm that tells nobody",
        "It turns red and nobody hears it.",
        "Give it an action whose topic has a confirmed subscriber.",
    ),
    "watch/unwatched-queue": (
        "medium",
        "A queue without an alarm",
        "It can fill up for days before a customer says so.",
        "Put an alarm on the age of its oldest message.",
    ),
    "recovery/database-without-backup": (
        "critical",
        "A database without backups",
        "What is lost in it is lost.",
        "Set a backup retention of at least 7 days.",
    ),
}


def fingerprint(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def finding(
    rule: str,
    type: str,
    id: str,
    says: str,
    evidence: Mapping[str, Any],
    *,
    arn: str = "",
    address: str | None = None,
    team: str | None = None,
    via: str = "tag team",
    state: OwnerState = "valid",
    status: Status = "standing",
    severity: Severity | None = None,
    first_seen: str = "2026-11-09T00:00:00Z",
    fix: str = "",
    because: str = "",
) -> Finding:
    return Finding(
        fingerprint=fingerprint(ACCOUNT, REGION, type, id, rule, str(evidence.get("attribute"))),
        rule=rule,
        severity=severity or RULES[rule][0],
        status=status,
        resource=arn or f"{ACCOUNT}/{REGION}/{type}/{id}",
        type=type,
        id=id,
        name=id,
        account=ACCOUNT,
        region=REGION,
        address=address,
        owner=Owner(team=team, via=via if team else "", state=state if team else "missing"),
        says=says,
        evidence=evidence,
        first_seen=NOW if status == "new" else first_seen,
        fix=fix,
        unknown_because=because,
    )


def _arn(service: str, rest: str, region: str = REGION) -> str:
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{rest}"


def _policy(principal: Any, action: Any, resource: str) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


QUEUE = _arn("sqs", "harbour-refund")

FINDINGS: tuple[Finding, ...] = (
    finding(
        "access/administrator-by-hand",
        "aws_iam_role",
        "break-glass",
        "break-glass holds AdministratorAccess and no state declares it",
        {
            "policies": ["arn:aws:iam::aws:policy/AdministratorAccess"],
            "trusts": [f"arn:aws:iam::{ACCOUNT}:root"],
            "created": "2026-11-20T21:14:03Z",
            "last_used": None,
        },
        arn=_arn("iam", "role/break-glass", region=""),
        status="new",
        fix="aws iam detach-role-policy --role-name break-glass \\\n"
        "  --policy-arn arn:aws:iam::aws:policy/AdministratorAccess",
    ),
    finding(
        "access/open-trust",
        "aws_iam_role",
        "harbour-settlement",
        "harbour-settlement can be assumed by every AWS account",
        {"principal": "*", "action": "sts:AssumeRole", "condition": {}, "can_read": ["ledger"]},
        arn=_arn("iam", "role/harbour-settlement", region=""),
        address="aws_iam_role.settlement",
        team="payments",
        status="new",
        fix="terraform apply -target=aws_iam_role.settlement",
    ),
    finding(
        "recovery/database-without-backup",
        "aws_db_instance",
        "harbour-reports",
        "harbour-reports keeps no backup and can be deleted at once",
        {"backup_retention_period": 0, "deletion_protection": False, "engine": "postgres"},
        arn=_arn("rds", "db:harbour-reports"),
        address="aws_db_instance.reports",
        team="payments",
        fix='resource "aws_db_instance" "reports" {\n  backup_retention_period = 7\n'
        "  deletion_protection     = true\n}",
    ),
    finding(
        "drift/changed-attribute",
        "aws_sqs_queue",
        "harbour-refund",
        "policy of harbour-refund lets everybody use the queue",
        {
            "attribute": "policy",
            "declared": _policy({"Service": "sns.amazonaws.com"}, "sqs:SendMessage", QUEUE),
            "actual": _policy("*", "sqs:*", QUEUE),
        },
        arn=QUEUE,
        address='module.worker["refund"].aws_sqs_queue.main',
        team="payments",
        severity="critical",
        status="new",
        fix="terraform apply -target='module.worker[\"refund\"].aws_sqs_queue.main'",
    ),
    finding(
        "drift/changed-attribute",
        "aws_db_instance",
        "harbour-ledger",
        "deletion_protection of harbour-ledger is off",
        {"attribute": "deletion_protection", "declared": True, "actual": False},
        arn=_arn("rds", "db:harbour-ledger"),
        address="aws_db_instance.ledger",
        team="payments",
    ),
    finding(
        "drift/changed-attribute",
        "aws_security_group",
        "sg-3b9a2f0c51d7e8406",
        "harbour-bastion lets the whole internet in on port 22",
        {
            "attribute": "ingress",
            "declared": [
                {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "203.0.113.0/24"}
            ],
            "actual": [
                {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "203.0.113.0/24"},
                {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "0.0.0.0/0"},
            ],
        },
        arn=_arn("ec2", "security-group/sg-3b9a2f0c51d7e8406"),
        address="aws_security_group.bastion",
        team="platform",
        severity="critical",
        first_seen="2026-11-14T00:00:00Z",
        fix="terraform apply -target=aws_security_group.bastion",
    ),
    finding(
        "drift/changed-attribute",
        "aws_lambda_function",
        "harbour-capture",
        "memory_size of harbour-capture is 2048, declared 512",
        {"attribute": "memory_size", "declared": 512, "actual": 2048},
        arn=_arn("lambda", "function:harbour-capture"),
        address='module.worker["capture"].aws_lambda_function.this',
        team="payments",
        severity="low",
    ),
    finding(
        "drift/missing-resource",
        "aws_sqs_queue",
        "harbour-chargebacks.fifo",
        "harbour-chargebacks.fifo is declared and does not exist",
        {
            "declared_id": "https://sqs.us-east-1.amazonaws.com/123456789012/harbour-chargebacks.fifo"
        },
        arn=_arn("sqs", "harbour-chargebacks.fifo"),
        address="aws_sqs_queue.chargebacks",
        team="payments",
        status="new",
    ),
    finding(
        "drift/unmanaged-resource",
        "aws_instance",
        "i-6d07e8f8eb7e9a39b",
        "i-6d07e8f8eb7e9a39b runs and no state declares it",
        {"instance_type": "m5.4xlarge", "image": "ami-12c6146b", "launched": "2026-11-18"},
        arn=_arn("ec2", "instance/i-6d07e8f8eb7e9a39b"),
        fix='import {\n  to = aws_instance.notebook\n  id = "i-6d07e8f8eb7e9a39b"\n}',
    ),
    finding(
        "ownership/unowned-resource",
        "aws_sns_topic",
        "harbour-newsletter",
        "harbour-newsletter carries no team tag",
        {"tags": {"company": "harbour"}, "wanted": "team"},
        arn=_arn("sns", "harbour-newsletter"),
        address="aws_sns_topic.newsletter",
        team="platform",
        via="fallback",
        state="missing",
    ),
    finding(
        "ownership/expired-resource",
        "aws_dynamodb_table",
        "harbour-price-experiment",
        "harbour-price-experiment was to be gone on 2025-04-30",
        {"expires": "2025-04-30", "days_over": 572},
        arn=_arn("dynamodb", "table/harbour-price-experiment"),
        address="aws_dynamodb_table.price_experiment",
        team="search",
        status="waived",
    ),
    finding(
        "orphan/unattached-volume",
        "aws_ebs_volume",
        "vol-83b6063986893f5e5",
        "vol-83b6063986893f5e5 (200 GiB) is attached to nothing",
        {"size_gib": 200, "volume_type": "gp3", "monthly_usd": 16.0},
        arn=_arn("ec2", "volume/vol-83b6063986893f5e5"),
        fix="aws ec2 create-snapshot --volume-id vol-83b6063986893f5e5\n"
        "# then, once the snapshot is complete, this destroys the volume:\n"
        "aws ec2 delete-volume --volume-id vol-83b6063986893f5e5",
    ),
    finding(
        "watch/alarm-without-action",
        "aws_cloudwatch_metric_alarm",
        "harbour-bastion-cpu",
        "harbour-bastion-cpu has no action",
        {"alarm_actions": [], "actions_enabled": True, "metric": "AWS/EC2 CPUUtilization"},
        arn=_arn("cloudwatch", "alarm:harbour-bastion-cpu"),
        address="aws_cloudwatch_metric_alarm.bastion_cpu",
        team="platform",
        via="state path states/platform.tfstate",
        state="inherited",
    ),
    finding(
        "watch/unwatched-queue",
        "aws_sqs_queue",
        "test-queue-2",
        "test-queue-2 has no alarm",
        {"metrics_wanted": ["ApproximateAgeOfOldestMessage"], "alarms": []},
        arn=_arn("sqs", "test-queue-2"),
        status="new",
    ),
    finding(
        "recovery/database-without-backup",
        "aws_dynamodb_table",
        "harbour-timetable",
        "harbour-timetable had no point-in-time recovery when it was last seen",
        {"point_in_time_recovery": False},
        arn=_arn("dynamodb", "table/harbour-timetable"),
        address="aws_dynamodb_table.timetable",
        team="search",
        severity="high",
        status="unknown",
        because="dynamodb DescribeContinuousBackups was denied in 123456789012 us-east-1",
    ),
    finding(
        "orphan/unattached-volume",
        "aws_ebs_volume",
        "vol-faa582d23ae591308",
        "vol-faa582d23ae591308 (40 GiB) is attached to nothing",
        {"size_gib": 40},
        arn=_arn("ec2", "volume/vol-faa582d23ae591308"),
        address="aws_ebs_volume.migration",
        team="search",
        status="gone",
    ),
)

GAPS = (
    Gap(
        account=ACCOUNT,
        region=REGION,
        service="dynamodb",
        operation="DescribeContinuousBackups",
        status="denied",
        error_code="AccessDeniedException",
        message="User is not authorized to perform dynamodb:DescribeContinuousBackups",
        count=4,
        types=("aws_dynamodb_table",),
        rules=("recovery/database-without-backup",),
    ),
    Gap(
        account=ACCOUNT,
        region="eu-west-1",
        service="cloudwatch",
        operation="DescribeAlarms",
        status="throttled",
        error_code="Throttling",
        message="Rate exceeded",
        count=1,
        types=("aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"),
        rules=("watch/alarm-without-action", "watch/unwatched-queue"),
    ),
)


def summaries(findings: Iterable[Finding]) -> tuple[RuleSummary, ...]:
    found = list(findings)
    return tuple(
        RuleSummary(
            id=rule,
            title=title,
            severity=severity,
            role="request",
            why=why,
            fix=fix,
            population=20 + 7 * len(rule) % 31,
            findings=sum(f.rule == rule and f.status in ("new", "standing") for f in found),
            unknown=sum(f.rule == rule and f.status == "unknown" for f in found),
        )
        for rule, (severity, title, why, fix) in RULES.items()
    )


def empty() -> Report:
    """Nothing was asked and nothing was given."""
    return Report(
        schema=SCHEMA,
        scan=Scan(id="20261123T000000Z-00000000", started=NOW, finished=NOW, version="0", now=NOW),
        coverage=Coverage(asked=0, complete=0, percent=0.0, gaps=()),
        counts=Counts(dict.fromkeys(DECLARED_COUNTS, 0), dict.fromkeys(ACTUAL_COUNTS, 0)),
        findings=(),
        notes=("No state was given: nothing is known to be declared.",),
    )


def clean_estate() -> Report:
    """Everything was seen and nothing is wrong."""
    return Report(
        schema=SCHEMA,
        scan=Scan(
            id="20261123T000000Z-9f3c21aa",
            started=NOW,
            finished="2026-11-23T00:00:41Z",
            version="0",
            now=NOW,
            accounts=(ACCOUNT,),
            regions=(REGION, "eu-west-1"),
            rule_set=hashlib.sha256(b"rules").hexdigest(),
            previous="20261122T000000Z-1b7700d4",
        ),
        coverage=Coverage(asked=412, complete=412, percent=100.0, gaps=()),
        counts=Counts(
            dict.fromkeys(DECLARED_COUNTS, 0) | {"in_sync": 188},
            dict.fromkeys(ACTUAL_COUNTS, 0) | {"declared": 188, "provider_default": 21},
        ),
        findings=(),
        rules=summaries(()),
        sources=(
            Source(
                source="s3://harbour-terraform/platform/terraform.tfstate",
                status="ok",
                message="",
                serial=252,
                lineage="551800b2-6b8b-90ce-5da8-ce5f74168b50",
                terraform_version="1.11.4",
                instances=200,
                digest=hashlib.sha256(b"state").hexdigest(),
            ),
        ),
        types=(
            TypeCoverage("aws_db_instance", 2, 2, 44, 18, complete=True),
            TypeCoverage("aws_sqs_queue", 9, 8, 96, 0, complete=True),
        ),
    )


def mixed() -> Report:
    """Everything was seen and every kind of finding is there."""
    base = clean_estate()
    findings = tuple(f for f in FINDINGS if f.status != "unknown")
    return replace(
        base,
        counts=Counts(
            base.counts.declared
            | {"in_sync": 154, "changed": 26, "missing": 6, "not_compared": 14},
            base.counts.actual | {"declared": 180, "unmanaged": 18, "child": 11},
        ),
        findings=findings,
        rules=summaries(findings),
        fallback_owner="platform",
    )


def incomplete() -> Report:
    """Some of it could not be seen: calls denied and throttled, a state encrypted."""
    base = mixed()
    rules = tuple(
        replace(rule, blind=(f"{ACCOUNT} eu-west-1: cloudwatch DescribeAlarms was throttled",))
        if rule.id.startswith("watch/")
        else rule
        for rule in summaries(FINDINGS)
    )
    encrypted = Source(
        source="states/search.tfstate",
        status="encrypted",
        message="the state is encrypted by OpenTofu; give the passphrase",
        serial=None,
        lineage="",
        terraform_version="",
        instances=0,
        digest=hashlib.sha256(b"encrypted").hexdigest(),
    )
    return replace(
        base,
        coverage=Coverage(asked=412, complete=407, percent=98.7, gaps=GAPS),
        counts=Counts(
            base.counts.declared | {"unreadable": 3}, base.counts.actual | {"unknown": 4}
        ),
        findings=FINDINGS,
        rules=rules,
        sources=(*base.sources, encrypted),
        types=(*base.types, TypeCoverage("aws_dynamodb_table", 5, 4, 40, 6, complete=False)),
        notes=("One of two states could not be read: what it declares is not known.",),
    )


CORPUS = Path(__file__).parents[2] / "fixtures" / "hostile" / "strings.json"


def corpus() -> dict[str, str]:
    """Strings that were made to break out of something, by what they try."""
    named: dict[str, str] = json.loads(CORPUS.read_text(encoding="utf-8"))
    return named


def hostile_finding(text: str, number: int = 0) -> Finding:
    """A finding in which every field that AWS or a state can set is `text`."""
    statuses: tuple[Status, ...] = ("new", "standing", "unknown", "waived")
    rules = tuple(RULES)
    return Finding(
        fingerprint=fingerprint("hostile", str(number), text),
        rule=rules[number % len(rules)],
        severity=RULES[rules[number % len(rules)]][0],
        status=statuses[number % len(statuses)],
        resource=text,
        type=text,
        id=text,
        name=text,
        account=text,
        region=text,
        address=text if number % 2 else None,
        owner=Owner(team=text, via=text, state="valid"),
        says=text,
        evidence={"attribute": text, "declared": text, "actual": [text], "tags": {text: text}},
        first_seen=text,
        fix=text,
        unknown_because=text,
    )


def hostile(strings: Iterable[str] | None = None) -> Report:
    """An estate whose every name was chosen by somebody who wishes us ill."""
    texts = list(corpus().values() if strings is None else strings)
    text = texts[0]
    gaps = tuple(
        Gap(t, t, t, t, "denied", t, t, 1, types=(t,), rules=(t,)) for t in texts[: len(texts) // 2]
    )
    return Report(
        schema=SCHEMA,
        scan=Scan(text, text, text, text, NOW, tuple(texts[:5]), tuple(texts[5:9]), text, text),
        coverage=Coverage(asked=100, complete=99, percent=99.0, gaps=gaps),
        counts=Counts({text: 1, "in_sync": 1}, {text: 1, "declared": 1}),
        findings=tuple(hostile_finding(t, number) for number, t in enumerate(texts)),
        rules=tuple(
            replace(r, title=text, why=text, fix=text, blind=(text,)) for r in summaries(())
        ),
        sources=tuple(Source(t, t, t, 1, t, t, 1, t) for t in texts[:4]),
        types=(TypeCoverage(text, 1, 1, 1, 1, complete=False),),
        fallback_owner=text,
        notes=tuple(texts[-3:]),
    )


def many(count: int) -> Report:
    """`count` findings over 40 teams, as a large estate has them."""
    base = mixed()
    kinds = [f for f in FINDINGS if f.status != "gone"]
    findings = []
    for number in range(count):
        kind = kinds[number % len(kinds)]
        team = f"team-{number % 41:02}" if number % 41 else None
        owner = Owner(team, "tag team" if team else "", "valid" if team else "missing")
        name = f"{kind.id}-{number:06}"
        findings.append(
            replace(
                kind,
                fingerprint=fingerprint("many", str(number)),
                resource=f"{kind.resource}-{number:06}",
                id=name,
                name=name,
                owner=owner,
            )
        )
    return replace(base, findings=tuple(findings), rules=summaries(findings))


ESTATES = {
    "empty": empty,
    "clean": clean_estate,
    "mixed": mixed,
    "incomplete": incomplete,
    "hostile": hostile,
}
